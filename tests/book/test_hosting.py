"""The buttons' addresses come from the environment, and only from there."""
from hosting import Hosting, from_environment


def test_nothing_known_is_nothing_claimed():
    assert from_environment({}) == Hosting("", "", "main")


def test_github_tells_repository_and_site():
    told = from_environment({"GITHUB_REPOSITORY": "Group/book"})
    assert told.repository == "https://github.com/Group/book"
    assert told.site == "https://group.github.io/book/"


def test_a_site_of_the_owner_has_no_folder():
    assert from_environment({"GITHUB_REPOSITORY": "group/group.github.io"}).site == "https://group.github.io/"


def test_an_explicit_address_wins():
    told = from_environment({"GITHUB_REPOSITORY": "group/book", "BOOK_REPOSITORY_URL": "https://git.example/b/c/",
                             "BOOK_BASEURL": "https://book.example"})
    assert told == Hosting("https://git.example/b/c", "https://book.example/", "main")
