"""Onboarding: the holder of a connected account says who they are, and goes back to where they came from."""

from typing import Any
from urllib.parse import urlsplit

from flask import Blueprint, current_app, g, redirect, render_template, request
from werkzeug.wrappers import Response

from payments.sandbox import accounts
from payments.sandbox.refusals import Refusal

Page = str | tuple[str, int] | Response

pages = Blueprint("onboarding", __name__)


@pages.get("/setup/<link_id>")
def show(link_id: str) -> Page:
    """What the provider wants to know; a dead link leads to where a new one is made."""
    sandbox = _sandbox()
    with sandbox.file.reading() as rows:
        link, lives = accounts.live_link(rows, link_id, sandbox.api.now())
        account = rows.get(accounts.KIND, link["account"]) if link else None
    if link is None:
        return render_template("ended.html", session=None), 404
    if not lives:
        return redirect(link["refresh_url"], 303)
    g.leads_to = {_origin(link["return_url"]), _origin(link["refresh_url"])}
    return render_template("onboarding.html", account=account)


@pages.post("/setup/<link_id>")
def finish(link_id: str) -> Page:
    """Say all of it, or leave without; either way back."""
    try:
        address = _sandbox().onboard(link_id, told=request.form.get("do") == "finish")
    except Refusal:
        return render_template("ended.html", session=None), 404
    return redirect(address, 303)


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def _sandbox() -> Any:
    return current_app.extensions["sandbox"]
