"""Cells of a file: numbers and harmless texts stay as they are. What would be executed, test_export tries."""

import pytest

from analytics.dashboard.spreadsheets import safe


@pytest.mark.parametrize("label", ["gpt-5.5", "Support Chatbot", 'Ünïcode, "quoted"', "a=b", "5+5", "50%", "-12.5", 7])
def test_other_texts_stay_as_they_are(label):
    assert safe(label) == label
