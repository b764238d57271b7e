//! The entry in the tray while the window is hidden.

use tauri::image::Image;

/// What a person chose in the tray.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Pressed {
    /// Show the window again.
    Open,
    /// Stop forward motion now.
    Hold,
    /// End.
    Quit,
}

/// Called with each choice, on a thread of the tray.
pub(crate) type OnPress = Box<dyn Fn(Pressed) + Send>;

#[cfg(all(unix, not(target_os = "macos")))]
pub(crate) use status_notifier::{Tray, show};

#[cfg(all(unix, not(target_os = "macos")))]
mod status_notifier {
    use super::{Image, OnPress, Pressed};
    use ksni::blocking::{Handle, TrayMethods as _};
    use ksni::menu::StandardItem;
    use ksni::{Icon, MenuItem, ToolTip};

    /// Bytes of one pixel.
    const PIXEL_BYTES: usize = 4;

    /// Shown until it is dropped.
    pub(crate) struct Tray(Handle<Item>);

    impl Drop for Tray {
        fn drop(&mut self) {
            // Going away is not waited for: the process may be ending.
            drop(self.0.shutdown());
        }
    }

    struct Item {
        name: String,
        icon: Vec<Icon>,
        pressed: OnPress,
    }

    /// Shows the entry; `None` where no desktop shows such entries.
    pub(crate) async fn show(name: &str, icon: Option<Image<'static>>, pressed: OnPress) -> Option<Tray> {
        let item = Item { name: name.to_owned(), icon: icon.iter().map(argb).collect(), pressed };
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

    /// The tray wants the opaque part first, in network order.
    fn argb(image: &Image<'_>) -> Icon {
        let mut data = image.rgba().to_vec();
        for pixel in data.chunks_exact_mut(PIXEL_BYTES) {
            pixel.rotate_right(1);
        }
        let side = |length: u32| i32::try_from(length).unwrap_or(0);
        Icon { width: side(image.width()), height: side(image.height()), data }
    }

    impl ksni::Tray for Item {
        fn id(&self) -> String {
            "seaworthy".to_owned()
        }

        fn title(&self) -> String {
            "Seaworthy".to_owned()
        }

        fn tool_tip(&self) -> ToolTip {
            ToolTip { title: format!("Seaworthy is watching {}", self.name), ..ToolTip::default() }
        }

        fn icon_pixmap(&self) -> Vec<Icon> {
            self.icon.clone()
        }

        fn activate(&mut self, _x: i32, _y: i32) {
            (self.pressed)(Pressed::Open);
        }

        fn menu(&self) -> Vec<MenuItem<Self>> {
            let entry = |label: String, what: Pressed| {
                let activate = Box::new(move |item: &mut Self| (item.pressed)(what));
                StandardItem { label, activate, ..StandardItem::default() }.into()
            };
            vec![
                entry("Open Seaworthy".to_owned(), Pressed::Open),
                entry(format!("Hold {}", self.name), Pressed::Hold),
                MenuItem::Separator,
                entry("Quit".to_owned(), Pressed::Quit),
            ]
        }
    }

    #[cfg(test)]
    mod tests {
        use super::{Image, argb};

        #[test]
        fn colours_keep_their_places() {
            let icon = argb(&Image::new(&[1, 2, 3, 255, 4, 5, 6, 0], 2, 1));
            assert_eq!((icon.width, icon.height, icon.data), (2, 1, vec![255, 1, 2, 3, 0, 4, 5, 6]));
        }
    }
}

#[cfg(not(all(unix, not(target_os = "macos"))))]
pub(crate) use absent::{Tray, show};

/// Not supported here yet: closing asks whether to stop the watch.
#[cfg(not(all(unix, not(target_os = "macos"))))]
mod absent {
    use super::{Image, OnPress};

    /// Never made.
    pub(crate) enum Tray {}

    pub(crate) async fn show(_name: &str, _icon: Option<Image<'static>>, _pressed: OnPress) -> Option<Tray> {
        None
    }
}
