//! A ZIP archive that can be written in one way only: stored members, sorted names, one fixed time.
//!
//! Reading takes the local headers in order and then writes the same archive again; whatever differs in a
//! single bit is refused. So nothing has to be said about overlaps, second directories, comments, flags,
//! extra fields or bytes at the end: an archive that has them is another one.

use std::collections::BTreeMap;

/// Bytes of a whole archive.
pub const ARCHIVE_MAX: usize = 256 * 1024 * 1024;
/// Bytes of one member.
pub const MEMBER_MAX: usize = 64 * 1024 * 1024;
/// Members of one archive.
pub const MEMBERS_MAX: usize = 10_000;
/// Bytes of a member's name.
pub const NAME_MAX: usize = 120;

const LOCAL: u32 = 0x0403_4b50;
const CENTRAL: u32 = 0x0201_4b50;
const END: u32 = 0x0605_4b50;
/// Version 1.0 of the format is enough to store.
const NEEDED: u16 = 10;
/// 1980-01-01 00:00, the first that the format can write.
const TIME: u16 = 0;
const DATE: u16 = 1 << 5 | 1;
const LOCAL_BYTES: usize = 30;

/// Members by name.
pub type Members<'a> = BTreeMap<&'a str, &'a [u8]>;

/// Why an archive is not one of ours.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ContainerError {
    /// A limit is exceeded.
    #[error("{what} is larger than {limit}, the most that is read")]
    TooLarge {
        /// Archive, member or number of members.
        what: String,
        /// The limit with its unit.
        limit: String,
    },
    /// A name that may not occur.
    #[error(
        "a member's name may have a-z, 0-9 and . _ / - only, {NAME_MAX} at most, and no empty part; this has {0:?}"
    )]
    Name(String),
    /// Not written as Seaworthy writes it.
    #[error(
        "the archive is not in the one form a bundle has (byte {at}); it was changed, cut off, or made by another program"
    )]
    Form {
        /// The first byte that differs.
        at: usize,
    },
}

/// Writes an archive.
///
/// # Errors
/// [`ContainerError::Name`] and [`ContainerError::TooLarge`].
pub fn write(members: &Members<'_>) -> Result<Vec<u8>, ContainerError> {
    check_count(members.len())?;
    let mut archive = Vec::new();
    let mut directory = Vec::new();
    for (name, bytes) in members {
        check_name(name)?;
        let size = u32::try_from(bytes.len()).ok().filter(|_| bytes.len() <= MEMBER_MAX);
        let size = size.ok_or_else(|| too_large(name, MEMBER_MAX))?;
        let at = offset(archive.len())?;
        put(&mut archive, &[LOCAL], &[NEEDED, 0, 0, TIME, DATE], crc32fast::hash(bytes), size, name);
        archive.extend_from_slice(name.as_bytes());
        archive.extend_from_slice(bytes);
        put(
            &mut directory,
            &[CENTRAL],
            &[NEEDED, NEEDED, 0, 0, TIME, DATE],
            crc32fast::hash(bytes),
            size,
            name,
        );
        // No comment, first disk, no attributes.
        directory.extend_from_slice(&[0; 10]);
        directory.extend_from_slice(&at.to_le_bytes());
        directory.extend_from_slice(name.as_bytes());
    }
    let (start, length) = (offset(archive.len())?, offset(directory.len())?);
    let count = u16::try_from(members.len()).unwrap_or(u16::MAX);
    archive.append(&mut directory);
    archive.extend_from_slice(&END.to_le_bytes());
    archive.extend_from_slice(&[0; 4]);
    archive.extend_from_slice(&[count.to_le_bytes(), count.to_le_bytes()].concat());
    archive.extend_from_slice(&[length.to_le_bytes(), start.to_le_bytes()].concat());
    archive.extend_from_slice(&[0; 2]);
    offset(archive.len())?;
    Ok(archive)
}

/// The part that a local header and a directory entry share, to the length of the extra field.
fn put(to: &mut Vec<u8>, signature: &[u32; 1], words: &[u16], crc: u32, size: u32, name: &str) {
    to.extend_from_slice(&signature[0].to_le_bytes());
    words.iter().for_each(|word| to.extend_from_slice(&word.to_le_bytes()));
    [crc, size, size].iter().for_each(|word| to.extend_from_slice(&word.to_le_bytes()));
    let length = u16::try_from(name.len()).unwrap_or(u16::MAX);
    [length, 0].iter().for_each(|word| to.extend_from_slice(&word.to_le_bytes()));
}

/// Reads an archive without copying; every bit of it is accounted for.
///
/// # Errors
/// [`ContainerError`]
pub fn read(archive: &[u8]) -> Result<Members<'_>, ContainerError> {
    if archive.len() > ARCHIVE_MAX {
        return Err(too_large("the archive", ARCHIVE_MAX));
    }
    let mut members = Members::new();
    let mut at = 0;
    while word(archive, at) == Some(LOCAL) {
        check_count(members.len() + 1)?;
        let (name, bytes) = member(archive, at).ok_or(ContainerError::Form { at })?;
        check_name(name)?;
        if bytes.len() > MEMBER_MAX {
            return Err(too_large(name, MEMBER_MAX));
        }
        at += LOCAL_BYTES + name.len() + bytes.len();
        if members.last_key_value().is_some_and(|(last, _)| *last >= name) {
            return Err(ContainerError::Form { at });
        }
        members.insert(name, bytes);
    }
    let again = write(&members)?;
    if again == archive {
        return Ok(members);
    }
    let same = again.iter().zip(archive).take_while(|(ours, theirs)| ours == theirs).count();
    Err(ContainerError::Form { at: same })
}

fn member(archive: &[u8], at: usize) -> Option<(&str, &[u8])> {
    let size = usize::try_from(word(archive, at + 22)?).ok()?;
    let length = usize::from(u16::from_le_bytes(archive.get(at + 26..at + 28)?.try_into().ok()?));
    let name = archive.get(at + LOCAL_BYTES..at + LOCAL_BYTES + length)?;
    let start = at + LOCAL_BYTES + length;
    Some((std::str::from_utf8(name).ok()?, archive.get(start..start.checked_add(size)?)?))
}

fn word(archive: &[u8], at: usize) -> Option<u32> {
    archive.get(at..at + 4)?.try_into().ok().map(u32::from_le_bytes)
}

fn check_name(name: &str) -> Result<(), ContainerError> {
    let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b"._/-".contains(&b);
    let part = |part: &str| part.starts_with(|c: char| c.is_ascii_lowercase() || c.is_ascii_digit());
    let top = |name: &str| name == "README.txt" || name.bytes().all(plain) && name.split('/').all(part);
    if !name.is_empty() && name.len() <= NAME_MAX && top(name) {
        return Ok(());
    }
    Err(ContainerError::Name(name.chars().take(NAME_MAX).collect()))
}

fn check_count(count: usize) -> Result<(), ContainerError> {
    if count <= MEMBERS_MAX {
        return Ok(());
    }
    let limit = format!("{MEMBERS_MAX} members");
    Err(ContainerError::TooLarge { what: "the archive".into(), limit })
}

fn offset(at: usize) -> Result<u32, ContainerError> {
    u32::try_from(at).ok().filter(|_| at <= ARCHIVE_MAX).ok_or_else(|| too_large("the archive", ARCHIVE_MAX))
}

fn too_large(what: &str, limit: usize) -> ContainerError {
    ContainerError::TooLarge { what: what.into(), limit: format!("{} MiB", limit / (1024 * 1024)) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::io::Read as _;

    fn sample() -> Vec<u8> {
        let members = [("README.txt", &b"read me"[..]), ("events.jsonl", b"{}\n"), ("evidence/00ff", b"")];
        write(&members.into_iter().collect()).unwrap()
    }

    #[test]
    fn other_programs_read_it() {
        let mut archive = zip::ZipArchive::new(std::io::Cursor::new(sample())).unwrap();
        let mut text = String::new();
        archive.by_name("events.jsonl").unwrap().read_to_string(&mut text).unwrap();
        assert_eq!((archive.len(), text.as_str()), (3, "{}\n"));
    }

    #[test]
    fn every_changed_bit_and_every_cut_is_refused_or_another_content() {
        let archive = sample();
        let members = read(&archive).unwrap();
        for bit in 0..archive.len() * 8 {
            let mut other = archive.clone();
            other[bit / 8] ^= 1 << (bit % 8);
            assert!(read(&other).is_err(), "bit {bit}");
        }
        for end in 0..archive.len() {
            assert!(read(&archive[..end]).is_err(), "cut at {end}");
        }
        assert!(read(&[archive.clone(), vec![0]].concat()).is_err());
        assert_eq!(members.len(), 3);
    }

    #[test]
    fn archives_of_other_programs_are_refused() {
        let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
        let options =
            zip::write::SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored);
        zip.start_file("events.jsonl", options).unwrap();
        let archive = zip.finish().unwrap().into_inner();
        assert!(matches!(read(&archive), Err(ContainerError::Form { .. })));
    }

    #[test]
    fn names_that_leave_the_folder_or_hide_are_refused() {
        for name in ["", "/etc", "a//b", "../a", "a/../b", "a/.b", ".a", "A", "a\\b", "a b", "ä", "con:"] {
            let members = [(name, &b""[..])].into_iter().collect();
            assert!(matches!(write(&members), Err(ContainerError::Name(_))), "{name}");
        }
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(
            members in prop::collection::btree_map("[a-z0-9][a-z0-9._-]{0,20}(/[a-z0-9]{1,9})?", prop::collection::vec(any::<u8>(), 0..200), 0..20)
        ) {
            let members: Members<'_> = members.iter().map(|(name, bytes)| (name.as_str(), bytes.as_slice())).collect();
            let archive = write(&members).unwrap();
            prop_assert_eq!(read(&archive).unwrap(), members);
        }

        #[test]
        fn no_bytes_make_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..400), cut in 0usize..200) {
            let _ = read(&bytes);
            let archive = sample();
            let _ = read(&[&archive[..cut.min(archive.len())], &bytes].concat());
        }
    }
}
