//! The real window on a hidden display, driven through WebDriver. Needs `Xvfb`, `dbus-daemon` and `WebKitWebDriver`.

mod beside;
mod bridge;
mod home;
mod opening;
mod screen;
mod voyage;
