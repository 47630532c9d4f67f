"""The site works as a folder of files, without a server and without a network."""

from reading import QUERIES

from browser import complaints


def test_a_page_and_the_search_work_as_files(reader, site, places):
    page = reader.new_page()
    found = complaints(page, site.resolve().as_uri())
    for place in places:
        page.goto((site / place).resolve().as_uri(), wait_until="networkidle")
    page.goto(f"{(site / 'ko/search.html').resolve().as_uri()}?q={QUERIES[0]}")
    page.wait_for_selector("#search-results ul.search > li > a")
    assert found == []
