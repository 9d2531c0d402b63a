"""Stores what the shipped models say of the self-test's crops; needed after each change of a model or of the scoring."""

from sperm_viewer.inference.self_test import store_answers

print(store_answers())
