//! Numbers as people write them in prose: `1,234.5`, `$5`, `-3`, `5%` (5), `1e-3`.

use super::{CheckError, shown};

/// Whether the last number in the output is within `tolerance` of the last number in the value.
pub(super) fn near(output: &str, value: &str, tolerance: f64) -> Result<(bool, String), CheckError> {
    let wanted = last_number(value).ok_or_else(|| CheckError::NoNumber(shown(value)))?;
    let Some(found) = last_number(output) else {
        return Ok((false, format!("no number, where {wanted} is wanted")));
    };
    // 1.1 is within 0.1 of 1, although the difference of the two floats is a little more.
    let slack = 4.0 * f64::EPSILON * found.abs().max(wanted.abs());
    let is_near = (found - wanted).abs() <= tolerance + slack;
    Ok((is_near, if is_near { format!("found {found}") } else { format!("found {found}, where {wanted} is wanted") }))
}

/// The last number in a text. Digits behind a letter (`H2O`, `v2`) are part of a name. Commas are read as groups of three,
/// a point as the decimal sign; a sign counts where no number or word stands right before it (in `5-7`, 7 is positive).
pub(super) fn last_number(text: &str) -> Option<f64> {
    let chars: Vec<char> = text.chars().collect();
    let (mut at, mut last) = (0, None);
    while at < chars.len() {
        if !starts_number(&chars, at) {
            at += 1;
            continue;
        }
        let end = end_of_number(&chars, at);
        let in_a_name = at > 0 && (chars[at - 1].is_ascii_alphabetic() || chars[at - 1] == '_');
        let digits: String = chars[at..end].iter().filter(|c| **c != ',').collect();
        if let Ok(number) = digits.parse::<f64>()
            && number.is_finite()
            && !in_a_name
        {
            last = Some(if is_negative(&chars, at) { -number } else { number });
        }
        at = end;
    }
    last
}

fn is_digit(chars: &[char], at: usize) -> bool {
    chars.get(at).is_some_and(char::is_ascii_digit)
}

fn starts_number(chars: &[char], at: usize) -> bool {
    let after_digit = at > 0 && is_digit(chars, at - 1);
    is_digit(chars, at) || (chars[at] == '.' && is_digit(chars, at + 1) && !after_digit)
}

fn end_of_number(chars: &[char], start: usize) -> usize {
    let digits = |mut at: usize| {
        while is_digit(chars, at) {
            at += 1;
        }
        at
    };
    let mut end = digits(start);
    if (1..=3).contains(&(end - start)) {
        while chars.get(end) == Some(&',') && digits(end + 1) == end + 4 {
            end += 4;
        }
    }
    if chars.get(end) == Some(&'.') && is_digit(chars, end + 1) {
        end = digits(end + 1);
    }
    if matches!(chars.get(end), Some('e' | 'E')) {
        let sign = usize::from(matches!(chars.get(end + 1), Some('+' | '-')));
        let exponent = digits(end + 1 + sign);
        if exponent > end + 1 + sign && !chars.get(exponent).is_some_and(|c| c.is_alphanumeric()) {
            end = exponent;
        }
    }
    end
}

fn is_negative(chars: &[char], start: usize) -> bool {
    let mut before = chars[..start].iter().rev().skip_while(|c| matches!(c, '$' | '€' | '£' | '¥'));
    matches!(before.next(), Some('-' | '−')) && !before.next().is_some_and(|c| c.is_alphanumeric() || *c == ')')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_number_is_read_as_people_write_it() {
        let read = [
            ("It costs 1,234.5 in all.", 1234.5),
            ("$5", 5.0),
            ("-$1,000,000", -1e6),
            ("$-5.50", -5.5),
            ("about 5%", 5.0),
            ("−3 degrees", -3.0),
            ("5-7 days", 7.0),
            ("the answer is 3.", 3.0),
            (".5", 0.5),
            ("1,2,3", 3.0),
            ("12,34", 34.0),
            ("1234,567", 567.0),
            ("1.5e-3", 0.0015),
            ("2e", 2.0),
            ("7 mol of H2O", 7.0),
            ("答案是42。", 42.0),
            ("\\boxed{-42}", -42.0),
            ("#### 18", 18.0),
            ("1e999 or 2", 2.0),
            ("5kg", 5.0),
        ];
        for (text, number) in read {
            assert_eq!(last_number(text), Some(number), "{text}");
        }
        for text in ["", "no number", "v2", "1e999", ".", "-"] {
            assert_eq!(last_number(text), None, "{text}");
        }
    }

    #[test]
    fn the_tolerance_includes_its_edge() {
        assert!(near("1.1", "1", 0.1).unwrap().0);
        assert!(!near("1.2", "1", 0.1).unwrap().0);
        assert!(near("0.30000000000000004", "0.3", 0.0).unwrap().0);
    }
}
