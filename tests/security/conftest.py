"""Fixtures of the security tests: the world, and the same over https (for a test that asks for `https`)."""

from __future__ import annotations

from dataclasses import replace

import pytest
from flask import Flask

from app.clock import FixedClock
from app.config import Settings
from app.services.office import OfficeFacts
from tests.security.world import World, open_wave

HTTPS_URL = "https://gelombang.example.go.id"


@pytest.fixture
def https() -> str:
    """Ask for this, and the service is one that people reach over TLS at this address."""
    return HTTPS_URL


@pytest.fixture
def settings(settings: Settings, request: pytest.FixtureRequest) -> Settings:
    return replace(settings, public_url=HTTPS_URL) if "https" in request.fixturenames else settings


@pytest.fixture
def world(app: Flask, office: OfficeFacts, clock: FixedClock, settings: Settings) -> World:
    return World(app, clock, open_wave(), settings.public_url)
