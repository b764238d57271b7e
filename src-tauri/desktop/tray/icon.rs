//! The icon with a mark in its corner: each state has a shape of its own, colour only helps.

use tauri::image::Image;

use super::model::Mark;

/// Bytes of one pixel.
const PIXEL_BYTES: usize = 4;

/// The mark takes the lower right quarter; coordinates in it run from -1 to 1.
fn is_marked(mark: Mark, x: f32, y: f32) -> bool {
    let far = x.hypot(y);
    match mark {
        Mark::Quiet => false,
        Mark::Armed => (0.55..=0.95).contains(&far),
        // A ring with a gap.
        Mark::NotArmed => (0.55..=0.95).contains(&far) && x.abs() > 0.25,
        // A triangle that stands on its base.
        Mark::NeedsYou => y <= 0.85 && x.abs() <= (y + 0.95) / 1.8,
        // An octagon.
        Mark::Breach => x.abs() <= 0.95 && y.abs() <= 0.95 && x.abs() + y.abs() <= 1.35,
    }
}

fn colour(mark: Mark) -> [u8; PIXEL_BYTES] {
    match mark {
        Mark::Quiet | Mark::Armed => [0x6f, 0xbb, 0xd8, 0xff],
        Mark::NotArmed | Mark::NeedsYou => [0xe6, 0xb5, 0x51, 0xff],
        Mark::Breach => [0xff, 0x8b, 0x7b, 0xff],
    }
}

/// `icon` with the mark on a dark ground.
#[expect(clippy::cast_precision_loss, reason = "an icon is a few hundred pixels wide")]
pub(crate) fn marked(icon: &Image<'_>, mark: Mark) -> Vec<u8> {
    let mut pixels = icon.rgba().to_vec();
    if mark == Mark::Quiet {
        return pixels;
    }
    let width = icon.width();
    for (index, pixel) in (0_u32..).zip(pixels.chunks_exact_mut(PIXEL_BYTES)) {
        let place = |at: u32, side: u32| at as f32 / side.max(1) as f32 * 4.0 - 3.0;
        let (x, y) = (place(index % width.max(1), width), place(index / width.max(1), icon.height()));
        if x < -1.0 || y < -1.0 {
            continue;
        }
        let ground = [0x0d, 0x14, 0x17, 0xff];
        pixel.copy_from_slice(&if is_marked(mark, x, y) { colour(mark) } else { ground });
    }
    pixels
}

/// The tray wants the opaque part first, in network order.
pub(crate) fn argb(mut rgba: Vec<u8>) -> Vec<u8> {
    for pixel in rgba.chunks_exact_mut(PIXEL_BYTES) {
        pixel.rotate_right(1);
    }
    rgba
}

#[cfg(test)]
mod tests {
    use super::{Mark, argb, marked};
    use tauri::image::Image;

    #[test]
    fn colours_keep_their_places() {
        assert_eq!(argb(vec![1, 2, 3, 255, 4, 5, 6, 0]), [255, 1, 2, 3, 0, 4, 5, 6]);
    }

    #[test]
    fn every_mark_has_a_shape_of_its_own_and_leaves_the_rest_alone() {
        let pixels = [9_u8; 32 * 32 * 4];
        let icon = Image::new(&pixels, 32, 32);
        let shapes = [Mark::Quiet, Mark::Armed, Mark::NotArmed, Mark::NeedsYou, Mark::Breach].map(|mark| {
            let drawn = marked(&icon, mark);
            assert_eq!(drawn[..16 * 32 * 4], pixels[..16 * 32 * 4], "the upper half");
            // Without colour: only where something is drawn.
            let ground = [0x0d, 0x14, 0x17, 0xff];
            drawn.chunks_exact(4).map(|pixel| pixel != ground && pixel != [9; 4]).collect::<Vec<_>>()
        });
        for (at, shape) in shapes.iter().enumerate() {
            assert!(shapes[at + 1..].iter().all(|other| other != shape), "{at}");
        }
    }
}
