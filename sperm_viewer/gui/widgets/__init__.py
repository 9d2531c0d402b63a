"""Widgets, colours and icons that several panes share."""
