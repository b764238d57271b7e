//! Build script of the root package: Tauri's resources and the access list, only for the window.

fn main() {
    #[cfg(feature = "desktop")]
    desktop();
}

/// Points Tauri at the capabilities and permissions, which live beside the shell and not at the root.
#[cfg(feature = "desktop")]
#[expect(clippy::expect_used, reason = "a build script reports by stopping the build")]
fn desktop() {
    const CAPABILITIES: &str = "./src-tauri/capabilities/**/*.json";
    const PERMISSIONS: &str = "./src-tauri/permissions/**/*.toml";

    // Tauri watches only its default folders.
    println!("cargo:rerun-if-changed=src-tauri/capabilities");
    println!("cargo:rerun-if-changed=src-tauri/permissions");

    let app = tauri_build::AppManifest::new().permissions_path_pattern(PERMISSIONS);
    let attributes = tauri_build::Attributes::new().capabilities_path_pattern(CAPABILITIES).app_manifest(app);
    tauri_build::try_build(attributes).expect("tauri.conf.json, capabilities and permissions agree");
}
