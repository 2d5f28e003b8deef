//! Quantities as Kubernetes writes them.

/// A quantity in thousandths: `100m` is 100, `1Gi` is 1073741824000.
pub(crate) fn parse(text: &str) -> Option<i128> {
    const SUFFIXES: [(&str, i128); 13] = [
        ("Ki", 1 << 10),
        ("Mi", 1 << 20),
        ("Gi", 1 << 30),
        ("Ti", 1 << 40),
        ("Pi", 1 << 50),
        ("Ei", 1 << 60),
        ("k", 1_000),
        ("M", 1_000_000),
        ("G", 1_000_000_000),
        ("T", 1_000_000_000_000),
        ("P", 1_000_000_000_000_000),
        ("E", 1_000_000_000_000_000_000),
        ("", 1),
    ];
    let text = text.trim();
    if let Some(thousandths) = text.strip_suffix('m') {
        return decimal(thousandths, 1);
    }
    SUFFIXES.iter().find_map(|(suffix, factor)| decimal(text.strip_suffix(suffix)?, factor * 1000))
}

fn decimal(text: &str, factor: i128) -> Option<i128> {
    let (whole, part) = text.split_once('.').unwrap_or((text, ""));
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if (whole.is_empty() && part.is_empty()) || !digits(whole) || !digits(part) || part.len() > 9 || whole.len() > 18 {
        return None;
    }
    let number = |text: &str| if text.is_empty() { Some(0) } else { text.parse::<i128>().ok() };
    let scale = 10_i128.pow(u32::try_from(part.len()).ok()?);
    Some(number(whole)? * factor + (number(part)? * factor + scale - 1) / scale)
}

/// A quantity for people: processors in thousandths, bytes in binary units.
pub(crate) fn shown(resource: &str, thousandths: i128) -> String {
    if resource.ends_with("cpu") {
        return if thousandths % 1000 == 0 { (thousandths / 1000).to_string() } else { format!("{thousandths}m") };
    }
    let whole = thousandths / 1000;
    for (suffix, factor) in [("Gi", 1_i128 << 30), ("Mi", 1 << 20), ("Ki", 1 << 10)] {
        if whole >= factor && whole % factor == 0 {
            return format!("{}{suffix}", whole / factor);
        }
    }
    whole.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantities_are_those_of_kubernetes() {
        for (text, thousandths) in [
            ("100m", 100),
            ("1", 1000),
            ("0.5", 500),
            (".5", 500),
            ("1Ki", 1_024_000),
            ("1.5Gi", 1_610_612_736_000),
            ("1k", 1_000_000),
            ("2M", 2_000_000_000),
        ] {
            assert_eq!(parse(text), Some(thousandths), "{text}");
        }
        for text in ["", "m", "x", "1x", "-1", "1.2.3", "1e3x"] {
            assert_eq!(parse(text), None, "{text}");
        }
        assert_eq!(shown("requests.memory", parse("1536Mi").unwrap_or(0)), "1536Mi");
        assert_eq!(shown("requests.cpu", 2500), "2500m");
        assert_eq!(shown("pods", 3000), "3");
    }
}
