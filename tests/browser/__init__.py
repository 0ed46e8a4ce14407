"""The product in a real Chromium, on the screens that people hold. axe.min.js is axe-core 4.14.1, MPL-2.0."""
