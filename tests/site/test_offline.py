"""The site works as a folder of files, without a server and without a network."""

from reading import QUERIES

from browser import complaints


def test_a_page_and_the_search_work_as_files(page, site, places):
    home = site.resolve().as_uri()
    found = complaints(page, home)
    for place in places:
        page.goto(f"{home}/{place}", wait_until="networkidle")
    assert found == []
    # Among files a browser shows no excerpts of other pages, but it lists them.
    page.goto(f"{home}/ko/search.html?q={QUERIES[0]}")
    page.wait_for_selector("#search-results li > a")
