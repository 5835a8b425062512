//! QR symbols (ISO/IEC 18004) as SVG and PNG.

use qrcode::render::svg;
use qrcode::{EcLevel, QrCode};

use crate::problem::{Code, Problem};

fn symbol(content: &str) -> Result<QrCode, Problem> {
    QrCode::with_error_correction_level(content, EcLevel::M).map_err(|_| Problem::new(Code::Internal))
}

/// A complete SVG document, dark on white whatever the page's colours are, so that every camera reads it.
///
/// # Errors
/// `internal` when the content does not fit a symbol.
pub(crate) fn svg(content: &str) -> Result<String, Problem> {
    let code = symbol(content)?;
    Ok(code
        .render::<svg::Color<'_>>()
        .min_dimensions(240, 240)
        .quiet_zone(true)
        .build())
}

/// A PNG image with four pixels a module.
///
/// # Errors
/// `internal` when the content does not fit a symbol.
pub(crate) fn png(content: &str) -> Result<Vec<u8>, Problem> {
    let code = symbol(content)?;
    let image = code
        .render::<image::Luma<u8>>()
        .module_dimensions(4, 4)
        .quiet_zone(true)
        .build();
    let mut out = std::io::Cursor::new(Vec::new());
    image
        .write_to(&mut out, image::ImageFormat::Png)
        .map_err(|_| Problem::new(Code::Internal))?;
    Ok(out.into_inner())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn symbols_are_whole_documents() {
        let text = "https://auth.example.com/i/sess_abc#value";
        assert!(svg(text).unwrap().contains("<svg") && svg(text).unwrap().trim_end().ends_with("</svg>"));
        assert!(png(text).unwrap().starts_with(b"\x89PNG"));
        assert!(svg(&"x".repeat(5000)).is_err());
    }
}
