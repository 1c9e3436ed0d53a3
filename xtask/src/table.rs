//! Plain text tables: the first column to the left, numbers to the right.

/// Lays out `rows` under `header`; every row has as many cells as the header.
pub fn format(header: &[String], rows: &[Vec<String>]) -> String {
    let all = || std::iter::once(header).chain(rows.iter().map(Vec::as_slice));
    let width = |column: usize| {
        let lengths = all().filter_map(|row| row.get(column)).map(|cell| cell.chars().count());
        lengths.max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..header.len()).map(width).collect();
    let line = |row: &[String]| {
        let cells = row.iter().zip(&widths).enumerate();
        let cell = |(index, (cell, &width)): (usize, (&String, &usize))| match index {
            0 => format!("{cell:<width$}"),
            _ => format!("{cell:>width$}"),
        };
        cells.map(cell).collect::<Vec<_>>().join("  ").trim_end().to_owned()
    };
    let mut lines = vec![line(header)];
    lines.push(widths.iter().map(|width| "-".repeat(*width)).collect::<Vec<_>>().join("  "));
    lines.extend(rows.iter().map(|row| line(row)));
    lines.join("\n")
}

/// A number with a mark between its thousands: `1,234,567`.
pub fn thousands(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_line_up() {
        let row = |cells: &[&str]| cells.iter().map(|cell| (*cell).to_owned()).collect::<Vec<_>>();
        let text = format(
            &row(&["operation", "embedded", "ratio"]),
            &[row(&["call", "1,204", "1.10"]), row(&["page map", "-", ""])],
        );
        assert_eq!(
            text,
            "operation  embedded  ratio\n\
             ---------  --------  -----\n\
             call          1,204   1.10\n\
             page map          -"
        );
    }

    #[test]
    fn thousands_are_marked() {
        assert_eq!(thousands(7), "7");
        assert_eq!(thousands(1234), "1,234");
        assert_eq!(thousands(142_000_000), "142,000,000");
    }
}
