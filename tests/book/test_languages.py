"""Which language a page is in, and what its twin is called."""
import languages
import pytest


@pytest.mark.parametrize("docname, language", [
    ("book/fa/index", "fa"), ("book/en/translation/pig-latin", "en"), ("book/index", "en"),
    ("book/fantasy/index", "en"), ("search", "en"), (None, "en")])
def test_language_is_that_of_the_folder(docname, language):
    assert languages.language_of(docname) == language


def test_sibling_keeps_the_path_and_neutral_pages_have_none():
    assert languages.sibling("book/fa/appendix/data", "en") == "book/en/appendix/data"
    assert languages.sibling("book/index", "fa") is None
    assert not languages.in_language("book/index")


@pytest.mark.parametrize("label, twin", [
    ("fa-sec-attention", "en-sec-attention"), ("fig-fa-nll", "fig-en-nll"), ("eq-fa-attention", "eq-en-attention"),
    ("fa-tofa-sofa", "en-tofa-sofa"), ("sofa-bed", None), ("id3", None)])
def test_twin_of_a_label(label, twin):
    assert languages.twin(label, "fa") == twin
    assert twin is None or languages.twin(twin, "en") == label


def test_persian_digits_leave_everything_else():
    assert languages.persian_digits("v1.20 الف") == "v۱.۲۰ الف"
