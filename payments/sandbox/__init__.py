"""An embedded imitation of Stripe for the demo and the tests; ours, not Stripe's (README.md says what it imitates)."""

from payments.sandbox.deliveries import Delivery, Post, http_post
from payments.sandbox.embedded import Sandbox
from payments.sandbox.refusals import Refusal, SandboxRefused

__all__ = ["Delivery", "Post", "Refusal", "Sandbox", "SandboxRefused", "http_post"]
