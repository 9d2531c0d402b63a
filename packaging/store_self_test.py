"""Stores what the shipped models say of the self-test's crops. Due after each change of a model or of scoring."""

from sperm_viewer.inference.self_test import store_answers

print(store_answers())
