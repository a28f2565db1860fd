"""Outputs for readers without the lake."""
