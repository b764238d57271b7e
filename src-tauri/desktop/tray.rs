//! The entry in the tray: how things are while the window is elsewhere or hidden.

mod icon;
mod model;

use tauri::image::Image;

pub(crate) use model::{Glance, Glances, Model, Pressed, model};

/// Called with each choice, on a thread of the tray.
pub(crate) type OnPress = Box<dyn Fn(Pressed) + Send>;

#[cfg(all(unix, not(target_os = "macos")))]
pub(crate) use status_notifier::{Tray, show};

#[cfg(all(unix, not(target_os = "macos")))]
mod status_notifier {
    use super::icon::{argb, marked};
    use super::model::{Line, Mark};
    use super::{Image, Model, OnPress};
    use ksni::blocking::{Handle, TrayMethods as _};
    use ksni::menu::StandardItem;
    use ksni::{Icon, MenuItem, Status, ToolTip};

    /// Shown until it is dropped.
    pub(crate) struct Tray(Handle<Item>);

    impl Tray {
        /// Shows how things are now; nothing happens where that is shown already.
        pub(crate) fn update(&self, model: Model) {
            self.0.update(|item| item.model = model);
        }

        /// Whether a desktop still shows it.
        pub(crate) fn is_shown(&self) -> bool {
            !self.0.is_closed()
        }
    }

    impl Drop for Tray {
        fn drop(&mut self) {
            // Going away is not waited for: the process may be ending.
            drop(self.0.shutdown());
        }
    }

    pub(crate) struct Item {
        model: Model,
        icon: Option<Image<'static>>,
        pressed: OnPress,
    }

    /// Shows the entry; `None` where no desktop shows such entries.
    pub(crate) async fn show(model: Model, icon: Option<Image<'static>>, pressed: OnPress) -> Option<Tray> {
        let item = Item { model, icon, pressed };
        // The library waits for the session bus.
        let shown = tokio::task::spawn_blocking(move || item.spawn()).await;
        match shown {
            Ok(Ok(handle)) => Some(Tray(handle)),
            Ok(Err(error)) => {
                tracing::info!(%error, "no tray");
                None
            }
            Err(error) => {
                tracing::warn!(%error, "the tray broke off");
                None
            }
        }
    }

    impl ksni::Tray for Item {
        fn id(&self) -> String {
            "seaworthy".to_owned()
        }

        fn title(&self) -> String {
            "Seaworthy".to_owned()
        }

        fn status(&self) -> Status {
            match self.model.mark {
                Mark::Quiet | Mark::Armed => Status::Active,
                Mark::NotArmed | Mark::NeedsYou | Mark::Breach => Status::NeedsAttention,
            }
        }

        fn tool_tip(&self) -> ToolTip {
            let description = self.model.line.clone();
            ToolTip { title: "Seaworthy".to_owned(), description, ..ToolTip::default() }
        }

        fn icon_pixmap(&self) -> Vec<Icon> {
            let side = |length: u32| i32::try_from(length).unwrap_or(0);
            let drawn = self.icon.iter().map(|icon| Icon {
                width: side(icon.width()),
                height: side(icon.height()),
                data: argb(marked(icon, self.model.mark)),
            });
            drawn.collect()
        }

        fn attention_icon_pixmap(&self) -> Vec<Icon> {
            self.icon_pixmap()
        }

        fn activate(&mut self, _x: i32, _y: i32) {
            (self.pressed)(super::Pressed::Open(None));
        }

        fn menu(&self) -> Vec<MenuItem<Self>> {
            let lines = self.model.menu.iter().map(|line| match line.clone() {
                Line::Rule => MenuItem::Separator,
                Line::Press(label, what) => {
                    let activate = Box::new(move |item: &mut Self| (item.pressed)(what.clone()));
                    // An underscore would mark a key.
                    let label = label.replace('_', "__");
                    StandardItem { label, activate, ..StandardItem::default() }.into()
                }
            });
            lines.collect()
        }
    }
}

#[cfg(not(all(unix, not(target_os = "macos"))))]
pub(crate) use absent::{Tray, show};

/// Not supported here yet: closing asks whether to stop the watch.
#[cfg(not(all(unix, not(target_os = "macos"))))]
mod absent {
    use super::{Image, Model, OnPress};

    /// Never made.
    pub(crate) enum Tray {}

    impl Tray {
        pub(crate) fn update(&self, _model: Model) {}

        pub(crate) fn is_shown(&self) -> bool {
            false
        }
    }

    pub(crate) async fn show(
        _model: Model,
        _icon: Option<Image<'static>>,
        _pressed: OnPress,
    ) -> Option<Tray> {
        None
    }
}
