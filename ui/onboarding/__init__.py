"""The screens before a profile is open: welcome, create, restore, look around, unlock."""

from ui.onboarding.gate import Gate

__all__ = ["Gate"]
