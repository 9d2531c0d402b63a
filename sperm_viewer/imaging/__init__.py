"""Pixels: finding, reading and preparing crops."""
