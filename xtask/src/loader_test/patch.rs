//! Changes to finished images that no packer makes.

use anyhow::{Context, Result};
use loader::{Description, head};

/// The raw image `image`, to be put `distance` bytes from where it belongs.
pub fn moved(image: &[u8], distance: i64) -> Result<Vec<u8>> {
    let mut image = image.to_vec();
    let field = field(&mut image, head::TEXT_OFFSET)?;
    let offset = u64::from_le_bytes(*field)
        .checked_add_signed(distance)
        .with_context(|| format!("an image can't be moved by {distance} bytes"))?;
    *field = offset.to_le_bytes();
    Ok(image)
}

/// The raw image `image`, to be put `offset` bytes from the start of memory.
pub fn placed(image: &[u8], offset: u64) -> Result<Vec<u8>> {
    let mut image = image.to_vec();
    *field(&mut image, head::TEXT_OFFSET)? = offset.to_le_bytes();
    Ok(image)
}

/// The raw image `image` of a kernel that starts at `kernel`, with a description that starts with
/// `magic`.
pub fn described_as(image: &[u8], kernel: u64, magic: u64) -> Result<Vec<u8>> {
    // The loader's code compares with the right value, which is therefore in the image, too.
    let expected = [Description::MAGIC, kernel].map(u64::to_le_bytes);
    let (words, _) = image.as_chunks::<8>();
    let index = words
        .windows(2)
        .position(|pair| pair == expected)
        .context("the image has no description")?;
    let mut image = image.to_vec();
    *field(&mut image, 8 * index)? = magic.to_le_bytes();
    Ok(image)
}

fn field(image: &mut [u8], offset: usize) -> Result<&mut [u8; 8]> {
    let bytes = image.get_mut(offset..).unwrap_or_default();
    bytes.first_chunk_mut().context("the image has no such word")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_header_is_changed() {
        let image = moved(&placed(&[0; 32], 0x8_0000).unwrap(), -0x1_0000).unwrap();
        assert_eq!(image[8..16], 0x7_0000_u64.to_le_bytes());
        assert_eq!(image[16..], [0; 16]);
        let error = moved(&image, -0x8_0000).unwrap_err().to_string();
        assert_eq!(error, "an image can't be moved by -524288 bytes");
        assert!(placed(&image[..12], 0).is_err());
    }

    #[test]
    fn only_the_description_is_changed() {
        let mut image = [0; 40];
        let magic = Description::MAGIC.to_le_bytes();
        image[8..16].copy_from_slice(&magic);
        image[24..32].copy_from_slice(&magic);
        assert!(described_as(&image, 0x6000, 7).is_err());
        image[32..].copy_from_slice(&0x6000_u64.to_le_bytes());
        let changed = described_as(&image, 0x6000, 7).unwrap();
        assert_eq!(changed[..24], image[..24]);
        assert_eq!(changed[24..32], 7_u64.to_le_bytes());
        assert_eq!(changed[32..], image[32..]);
    }
}
