"""What joining says when it refuses, and the words of its questions."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

QUESTIONS = {
    "make": _l("What do you make or do, and for whom?"),
    "stage": _l("Where do you stand with it?"),
    "learn": _l("What do you want to learn here?"),
    "give": _l("What could eight others learn from you?"),
    "hours": _l("I can keep about two hours a week for this, most of them with a book"),
}
CHOICES = {
    "starting": _l("I am beginning"),
    "selling": _l("I sell now and then"),
    "living": _l("I live from it"),
}
SENTENCES = {
    "community.name_needed": _l("We need a name to call you by."),
    "community.name_mixed": _l("Please write your name in one script."),
    "community.email_invalid": _l("That does not look like an e-mail address."),
    "community.password_length": _l("Between %(least)d and %(most)d characters, please."),
    "community.password_wrong": _l("That is not your password."),
    "community.sign_in_wrong": _l("This e-mail and this password do not belong together."),
    "community.link_spent": _l("This link was used already, or its hour is over. Ask for a new one."),
    "community.too_many_mails": _l("We have sent you five mails within the hour. Look into your spam folder too."),
    "community.zone_changed_lately": _l("The time zone can be changed once in thirty days."),
    "community.confirm_first": _l("Confirm your e-mail first; your answers are kept. The link is in your mail."),
    "community.answer_needed": _l("This needs an answer."),
    "community.apply_later": _l("You can apply again thirty days after the last time."),
    "community.application_sent": _l("This application was sent already and stands as it was."),
    "community.cell_full": _l("This cell has no free seat. Choose another, or open a new one."),
    "community.not_your_own": _l("Nobody decides on their own application."),
    "community.not_your_cell": _l("You decide for your own cell only."),
    "community.reason_needed": _l("Write the reason: it is read by the person whom it concerns."),
    "community.fee_disputed": _l("Your bank disputes this payment and holds the money: it has to decide first."),
    "community.fee_not_returnable": _l("The time to take the joining fee back is over."),
    "community.covenant_changed": _l("The covenant has changed since you opened it. Please read it again."),
    "community.introduction_short": _l("At least %(least)d characters, please."),
    "community.symbol_unknown": _l("Choose one of the signs shown."),
    "community.name_taken": _l("This name is taken."),
    "community.role_unknown": _l("There is no such role."),
    "community.no_such_member": _l("No member has this e-mail."),
    "community.not_active": _l("Only an active member can do this."),
    "community.dues_not_asked": _l("No dues are asked of you."),
    "community.dues_no_tier": _l("Open a tier first: members need something to choose."),
    "community.dues_none": _l("You pay no dues that could be changed. Choose a tier first."),
    "community.dues_same": _l("That is what you pay now."),
    "community.dues_pay_first": _l("Your card was refused. Pay with another card first, then change."),
    "community.dues_quote_old": _l("This was shown a while ago. Look at it once more before you confirm."),
    "community.dues_grace_ahead": _l("A day that is still ahead, please: members need time to choose."),
    "community.dues_day_ahead": _l("A day that is still ahead, please."),
    "community.offer_unknown": _l("We know no offer with this code."),
    "community.offer_over": _l("This offer has ended."),
    "community.offer_other_tier": _l("This offer is for another tier."),
    "community.offer_used_up": _l("This offer has been taken as often as it could be."),
    "community.offer_had": _l("You have had this offer already."),
    "community.offer_code_shape": _l("Three to thirty letters, digits or hyphens, please."),
    "community.offer_code_taken": _l("There is an offer with this code."),
    "community.offer_one_kind": _l("Either a percentage or an amount, please."),
    "community.offer_valid_ahead": _l("A day that is still ahead, please."),
}
