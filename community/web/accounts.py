"""Accounts: /join, sign-up, confirmation, sign-in and out, password reset and one's own account."""

from __future__ import annotations

from typing import Any
from zoneinfo import available_timezones

from flask import flash, redirect, render_template, request, session, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_login import current_user, login_required, login_user, logout_user
from wtforms import EmailField, PasswordField, ValidationError
from wtforms.validators import DataRequired, Length

from community import viewers
from community.joining import accounts, cells, fees, members, memberships, passwords, proofs
from community.joining.dues import settings
from community.web import bp
from community.web.portraits import MINE, PortraitForm, drawings
from kernel.forms import Choice, Form, Line, options
from kernel.web.pages import begin_session, local_address
from kernel.web.visitors import cached_for_visitors

NEEDED = _l("This is needed.")
REGIONS = ("Africa/", "America/", "Asia/", "Atlantic/", "Australia/", "Europe/", "Indian/", "Pacific/")
ZONES = ["UTC", *sorted(zone for zone in available_timezones() if zone.startswith(REGIONS))]


class Address(Line):
    """An e-mail address as it is typed anywhere."""

    widget = EmailField.widget


class Secret(PasswordField):
    """A password, of anything that a keyboard can type."""

    def pre_validate(self, form: Any) -> None:
        """Refuse control characters: whoever sends them has no keyboard."""
        if any(letter < " " for letter in self.data or ""):
            raise ValidationError(_("This holds characters that cannot be seen. Please type it anew."))


def email_field() -> Address:
    """An address as it is typed anywhere."""
    return Address(_l("E-mail"), most=254)


def known_password(label: Any) -> Secret:
    """A password that is there already."""
    return Secret(label, [DataRequired(NEEDED), Length(max=passwords.MOST)])


def new_password(label: Any) -> Secret:
    """A password to be; the rule is said before it is broken."""
    rule = Length(passwords.LEAST, passwords.MOST, _l("Between %(min)d and %(max)d characters, please."))
    return Secret(label, [DataRequired(NEEDED), rule])


class AccountForm(Form):
    """The first step of the way in."""

    name = Line(_l("Your name"), most=60)
    email = email_field()
    password = new_password(_l("Password"))


class SignInForm(Form):
    """Who it is."""

    email = email_field()
    password = known_password(_l("Password"))


class ResetForm(Form):
    """Where the link goes."""

    email = email_field()


class NewPasswordForm(Form):
    """A new password after a link."""

    password = new_password(_l("New password"))


class ProfileForm(Form):
    """What a member may change about the account."""

    name = Line(_l("Your name"), most=60)
    timezone = Choice(_l("Time zone"), choices=options((zone, zone.replace("_", " ")) for zone in ZONES))


class PasswordForm(Form):
    """A change of password by who knows the old one."""

    old = known_password(_l("Password until now"))
    password = new_password(_l("New password"))


def enter(member_id: int) -> None:
    """Sign a person in with a session that holds nothing from before."""
    begin_session()
    login_user(viewers.load(member_id))


@bp.get("/join")
@cached_for_visitors
def join() -> str:
    """What this is, and the five steps."""
    free = sum(room.free for room in cells.rooms())
    return render_template("community/join.html", fee_minor=fees.AMOUNT_MINOR, free=free)


@bp.get("/join/account")
def join_account(form: Any = None) -> Any:
    """The form for a new account; those who have one go on with their application."""
    if current_user.is_authenticated:
        return redirect(url_for("community.join_application"))
    return render_template("community/join_account.html", form=form or AccountForm())


@bp.post("/join/account", endpoint="sign_up")
def sign_up() -> Any:
    """Make an account; what comes back never tells whether the address was known."""
    form = AccountForm()
    form.check(join_account)
    accounts.sign_up(form.name.data, form.email.data, form.password.data, form.key.data, str(request.remote_addr))
    session["signed_up"] = form.key.data
    return redirect(url_for("community.join_confirmation"))


@bp.get("/join/confirmation")
def join_confirmation() -> str:
    """Look into your mail."""
    return render_template("community/join_confirmation.html")


@bp.post("/join/confirmation", endpoint="confirm_again")
@login_required
def confirm_again() -> Any:
    """Mail the confirmation again, five times an hour at most."""
    accounts.send_confirmation(current_user.id)
    return redirect(url_for("community.join_confirmation"))


@bp.get("/join/confirmation/<token>")
def confirm(token: str) -> str:
    """One button; opening the page spends nothing, because mail scanners open links."""
    proofs.find("confirm", token)
    return render_template("community/confirm.html", token=token)


@bp.post("/join/confirmation/<token>", endpoint="confirmed")
def confirmed(token: str) -> Any:
    """Confirm the address and go on with the application.

    Only the browser that chose the password is signed in: another's could be led into an account whose password
    somebody else knows.
    """
    member_id = accounts.confirm(token)
    if accounts.began_with(member_id, session.get("signed_up")):
        enter(member_id)
        flash(_("Your e-mail is confirmed."), "success")
    else:
        flash(_("Your e-mail is confirmed. Sign in with the password that you chose."), "success")
    return redirect(url_for("community.join_application"))


@bp.get("/sign-in")
def sign_in(form: Any = None) -> Any:
    """The form to sign in."""
    target = local_address(request.args.get("next"))
    if current_user.is_authenticated:
        return redirect(target or "/")
    return render_template("community/sign_in.html", form=form or SignInForm(), target=target)


@bp.post("/sign-in", endpoint="signed_in")
def signed_in() -> Any:
    """Sign in and go where one was going."""
    form = SignInForm()
    form.check(sign_in)
    enter(accounts.recognise(form.email.data, form.password.data, str(request.remote_addr)))
    return redirect(local_address(request.args.get("next")) or _at_home())


@bp.post("/sign-out")
def sign_out() -> Any:
    """Sign out here; other devices stay."""
    logout_user()
    begin_session()
    return redirect("/")


@bp.get("/password-reset")
def password_reset(form: Any = None) -> str:
    """Ask for a link, or read that it is on its way."""
    return render_template("community/password_reset.html", form=form or ResetForm(), sent="sent" in request.args)


@bp.post("/password-reset", endpoint="ask_for_reset")
def ask_for_reset() -> Any:
    """Mail a link; the answer is the same for every address."""
    form = ResetForm()
    form.check(password_reset)
    accounts.ask_for_reset(form.email.data, str(request.remote_addr))
    return redirect(url_for("community.password_reset", sent=1))


@bp.get("/password-reset/<token>")
def password_reset_link(token: str, form: Any = None) -> str:
    """A form for the new password."""
    proofs.find("reset", token)
    return render_template("community/password_reset_link.html", form=form or NewPasswordForm(), token=token)


@bp.post("/password-reset/<token>", endpoint="reset")
def reset(token: str) -> Any:
    """Set the new password and sign in with it."""
    form = NewPasswordForm()
    form.check(lambda form: password_reset_link(token, form=form))
    enter(accounts.reset(token, form.password.data))
    flash(_("Your new password holds. Everywhere else you are signed out."), "success")
    return redirect(url_for("community.account"))


@bp.get("/account")
@login_required
def account(form: Any = None, password_form: Any = None, portrait_form: Any = None) -> str:
    """One's own account: name, zone, portrait, password, sessions, the fee."""
    own = members.get(current_user.id)
    form = form or ProfileForm(formdata=None, name=current_user.name, timezone=current_user.timezone)
    return render_template(
        "community/account.html",
        form=form,
        password_form=password_form or PasswordForm(formdata=None),
        portrait_form=portrait_form or PortraitForm(formdata=None, symbol=_worn(own)),
        signs=drawings(),
        member=own,
        fee=fees.newest(current_user.id),
        has_dues=current_user.is_member and settings.current() is not None,
        why=memberships.why_suspended(current_user.id) if current_user.state == "suspended" else None,
    )


def _at_home() -> str:
    """Where one goes who was going nowhere: home; an applicant to the application, or to the desk to work there."""
    if current_user.state != "applicant":
        return "/"
    return url_for("front.desk") if current_user.roles else url_for("community.join_application")


def _worn(own: members.Member) -> str:
    return MINE if own.picture_number else own.symbol or ""


@bp.post("/account", endpoint="change_account")
@login_required
def change_account() -> Any:
    """Change name and time zone."""
    form = ProfileForm()
    form.check(account)
    members.rename(current_user.id, form.name.data)
    members.move_zone(current_user.id, form.timezone.data)
    flash(_("Saved."), "success")
    return redirect(url_for("community.account"))


@bp.post("/account/password", endpoint="change_password")
@login_required
def change_password() -> Any:
    """Change the password; every other session ends."""
    member_id, form = current_user.id, PasswordForm()
    form.check(lambda form: account(password_form=form))
    accounts.change_password(member_id, form.old.data, form.password.data, str(request.remote_addr))
    enter(member_id)
    flash(_("Your new password holds. Everywhere else you are signed out."), "success")
    return redirect(url_for("community.account"))


@bp.post("/account/sessions", endpoint="end_sessions")
@login_required
def end_sessions() -> Any:
    """Sign out everywhere but here."""
    member_id = current_user.id
    members.end_sessions(member_id)
    enter(member_id)
    flash(_("You are signed out everywhere else."), "success")
    return redirect(url_for("community.account"))
