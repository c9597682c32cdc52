"""Onboarding: the steps after which a purchase succeeds, whether each is done, and what fixes it.

The same checks are the store's health later. They read our own records only: `StoreHealth` has what NEXT
last said, so that the page opens while NEXT is silent.
"""

from checkout.onboarding.actions import run_onboarding_step, set_up_new_store
from checkout.onboarding.steps import OnboardingCode, OnboardingStep, list_onboarding_steps

__all__ = [
    "OnboardingCode",
    "OnboardingStep",
    "list_onboarding_steps",
    "run_onboarding_step",
    "set_up_new_store",
]
