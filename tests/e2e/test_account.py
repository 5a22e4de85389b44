"""Tokens, the profile, the way in."""

import httpx
from playwright.sync_api import Browser, Page, expect


def test_a_token_is_shown_once_works_and_is_revoked(page: Page, portal) -> None:  # type: ignore[no-untyped-def]
    """Made with a name and scopes; gone from the page after a reload; refused once revoked."""
    page.goto("/account/tokens/")
    page.get_by_label("Name", exact=True).fill("nightly")
    page.get_by_role("button", name="Make the token").click()
    secret = page.locator("[data-secret]").text_content()
    header = {"Authorization": f"Token {secret}"}
    assert httpx.get(f"{portal.url}/api/jobs", headers=header).json()["count"] >= 0
    refused = httpx.post(f"{portal.url}/api/jobs", headers=header, json={})
    assert (refused.status_code, refused.json()["code"]) == (403, "missing_scope")
    page.goto("/account/tokens/")
    expect(page.locator("[data-secret]")).to_have_count(0)
    row = page.locator("tr", has_text="nightly")
    row.get_by_role("button", name="Revoke").click()
    page.get_by_role("dialog").get_by_role("button", name="Revoke").click()
    expect(page.locator("tr", has_text="nightly")).to_have_count(0)
    assert httpx.get(f"{portal.url}/api/jobs", headers=header).status_code == 401


def test_a_token_without_a_name(page: Page) -> None:
    """The form says what is missing, and keeps what was chosen."""
    page.goto("/account/tokens/")
    page.get_by_label("download result files").check()
    page.get_by_role("button", name="Make the token").click()
    expect(page.locator("form")).to_contain_text(["This field is required."])
    expect(page.get_by_label("download result files")).to_be_checked()


def test_the_profile_is_kept(page: Page) -> None:
    """A name once saved is there again."""
    page.goto("/account/")
    page.get_by_label("First name").fill("Ada")
    page.get_by_role("button", name="Save").click()
    page.goto("/account/")
    assert page.get_by_label("First name").input_value() == "Ada"


def test_a_wrong_password_is_told_beside_the_form(browser: Browser, portal) -> None:  # type: ignore[no-untyped-def]
    """Nothing says whether the account exists."""
    context = browser.new_context(base_url=portal.url)
    page = context.new_page()
    page.goto("/accounts/login/")
    page.get_by_label("Email").fill("nobody@groundwork.localhost")
    page.get_by_label("Password").fill("not the password")
    page.get_by_role("button", name="Log in").click()
    expect(page.locator("main")).to_contain_text("email address and/or password you specified are not correct")
    page.get_by_role("link", name="Forgot your password?").click()
    page.get_by_label("Email").fill("nobody@groundwork.localhost")
    page.get_by_role("button", name="Send the link").click()
    expect(page.locator("h1")).to_be_visible()
    assert page.url.endswith("/accounts/password/reset/done/")
    context.close()
