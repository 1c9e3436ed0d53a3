//! Numbers that the description keeps in strings, as `"0x40000000"` or `"(0x40000000 + 0x1000)"`.

/// The value of a constant expression as C has it: integers of any base with suffixes, `+ - * / %
/// << >> & | ^ ~` and parentheses. Nothing for everything else, for division by zero and for
/// results that don't fit.
#[must_use]
pub fn parse_number(text: &str) -> Option<i128> {
    let mut parser = Parser { rest: text, depth: 0 };
    let value = parser.expression(0)?;
    parser.rest.trim().is_empty().then_some(value)
}

/// Binary operators, loosest first.
const LEVELS: [&[&str]; 6] = [&["|"], &["^"], &["&"], &["<<", ">>"], &["+", "-"], &["*", "/", "%"]];

/// Nesting deeper than this is no address that a person wrote.
const MAX_DEPTH: usize = 64;

struct Parser<'a> {
    rest: &'a str,
    depth: usize,
}

impl Parser<'_> {
    fn eat(&mut self, token: &str) -> bool {
        match self.rest.trim_start().strip_prefix(token) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    fn expression(&mut self, level: usize) -> Option<i128> {
        let Some(operators) = LEVELS.get(level) else {
            return self.unary();
        };
        let mut left = self.expression(level + 1)?;
        while let Some(operator) = operators.iter().find(|operator| self.eat(operator)) {
            let right = self.expression(level + 1)?;
            left = apply(operator, left, right)?;
        }
        Some(left)
    }

    fn unary(&mut self) -> Option<i128> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return None;
        }
        let value = if self.eat("-") {
            self.unary()?.checked_neg()
        } else if self.eat("+") {
            self.unary()
        } else if self.eat("~") {
            self.unary().map(|value| !value)
        } else if self.eat("(") {
            let value = self.expression(0)?;
            self.eat(")").then_some(value)
        } else {
            self.literal()
        };
        self.depth -= 1;
        value
    }

    fn literal(&mut self) -> Option<i128> {
        let rest = self.rest.trim_start();
        let end = rest.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(rest.len());
        let (word, rest) = rest.split_at(end);
        self.rest = rest;
        let digits = word.trim_end_matches(['u', 'U', 'l', 'L']);
        let lower = digits.to_ascii_lowercase();
        let (digits, radix) = match (lower.strip_prefix("0x"), lower.strip_prefix("0b")) {
            (Some(hexadecimal), _) => (hexadecimal, 16),
            (_, Some(binary)) => (binary, 2),
            _ => (lower.as_str(), 10),
        };
        i128::from_str_radix(digits, radix).ok()
    }
}

fn apply(operator: &str, left: i128, right: i128) -> Option<i128> {
    match operator {
        "|" => Some(left | right),
        "^" => Some(left ^ right),
        "&" => Some(left & right),
        "+" => left.checked_add(right),
        "-" => left.checked_sub(right),
        "*" => left.checked_mul(right),
        "/" => left.checked_div(right),
        "%" => left.checked_rem(right),
        "<<" => {
            let amount = u32::try_from(right).ok().filter(|amount| *amount < 64)?;
            left.checked_mul(1_i128 << amount)
        }
        _ => left.checked_shr(u32::try_from(right).ok()?),
    }
}

#[cfg(test)]
mod tests {
    use super::parse_number;

    #[test]
    fn literals() {
        assert_eq!(parse_number("0x40000000"), Some(0x4000_0000));
        assert_eq!(parse_number(" 1024UL "), Some(1024));
        assert_eq!(parse_number("-1"), Some(-1));
        assert_eq!(parse_number("0XF1000000ull"), Some(0xf100_0000));
    }

    #[test]
    fn expressions() {
        assert_eq!(parse_number("(0x40000000 + 0x7000000)"), Some(0x4700_0000));
        assert_eq!(parse_number("1 << 27 | 2 * 3"), Some((1 << 27) | 6));
        assert_eq!(parse_number("0x1fffffff & ~0x1fffe"), Some(0x1ffe_0001));
    }

    #[test]
    fn everything_else_is_no_number() {
        for text in
            ["", "linux", "0x", "1 +", "(1", "1 2", "1/0", "1 << 64", "1:2", "٣", "0x-1", "+"]
        {
            assert_eq!(parse_number(text), None, "{text}");
        }
        assert_eq!(parse_number(&"(".repeat(10_000)), None);
        assert_eq!(parse_number(&"-".repeat(10_000)), None);
    }
}
