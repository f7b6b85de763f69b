//! A plain YAML scalar → what it is by the core schema of YAML 1.2: `1` is a number, `yes` is text.

use super::node::Value;

/// What an unquoted scalar says.
pub fn resolve(raw: &str) -> Value {
    match raw {
        "" | "~" | "null" | "Null" | "NULL" => Value::Null,
        "true" | "True" | "TRUE" => Value::Bool(true),
        "false" | "False" | "FALSE" => Value::Bool(false),
        ".inf" | ".Inf" | ".INF" | "+.inf" | "+.Inf" | "+.INF" => Value::Float(f64::INFINITY),
        "-.inf" | "-.Inf" | "-.INF" => Value::Float(f64::NEG_INFINITY),
        ".nan" | ".NaN" | ".NAN" => Value::Float(f64::NAN),
        _ => integer(raw).or_else(|| float(raw)).unwrap_or_else(|| Value::Text(raw.to_string())),
    }
}

fn integer(raw: &str) -> Option<Value> {
    let (digits, radix) = match (raw.strip_prefix("0x"), raw.strip_prefix("0o")) {
        (Some(hex), _) => (hex, 16),
        (_, Some(octal)) => (octal, 8),
        _ => (raw, 10),
    };
    let unsigned = if radix == 10 { digits.strip_prefix(['-', '+']).unwrap_or(digits) } else { digits };
    if unsigned.is_empty() || !unsigned.chars().all(|c| c.is_digit(radix)) {
        return None;
    }
    // A number beyond 128 bits is kept as a float, which says about as much.
    match i128::from_str_radix(digits, radix) {
        Ok(value) => Some(Value::Int(value)),
        Err(_) => raw.parse().ok().map(Value::Float),
    }
}

fn float(raw: &str) -> Option<Value> {
    // Rust reads `inf`, `nan` and `infinity` too, which are text in YAML.
    let only_digits = raw.chars().all(|c| matches!(c, '0'..='9' | '+' | '-' | '.' | 'e' | 'E'));
    let has_digit = raw.chars().any(|c| c.is_ascii_digit());
    if only_digits && has_digit { raw.parse().ok().map(Value::Float) } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_yaml_1_1_are_text() {
        for word in ["yes", "no", "on", "off", "y", "1_000", "12:30", "inf", "nan", "-", ".", "e", "0x", "1e"] {
            assert_eq!(resolve(word), Value::Text(word.to_string()), "{word}");
        }
    }

    #[test]
    fn numbers_are_numbers() {
        assert_eq!(resolve("-12"), Value::Int(-12));
        assert_eq!(resolve("0x1F"), Value::Int(31));
        assert_eq!(resolve("0o17"), Value::Int(15));
        assert_eq!(resolve("012"), Value::Int(12));
        assert_eq!(resolve(".5"), Value::Float(0.5));
        assert_eq!(resolve("1e3"), Value::Float(1000.0));
        assert_eq!(resolve("~"), Value::Null);
        assert!(matches!(resolve(&"9".repeat(60)), Value::Float(_)));
    }
}
