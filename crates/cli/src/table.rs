//! Tables of text with aligned columns.

/// Rows under a head; the first column is left-aligned, as are those told so.
#[derive(Debug, Clone)]
pub(crate) struct Table {
    head: Vec<String>,
    rows: Vec<Vec<String>>,
    left: usize,
}

impl Table {
    /// A table with these column heads, all but the first right-aligned.
    pub(crate) fn new(head: &[&str]) -> Self {
        let head = head.iter().map(|cell| (*cell).to_owned()).collect();
        Self {
            head,
            rows: Vec::new(),
            left: 1,
        }
    }

    /// The first `columns` are text and stand on the left.
    pub(crate) fn left(self, columns: usize) -> Self {
        Self {
            left: columns,
            ..self
        }
    }

    /// One more row.
    pub(crate) fn row(&mut self, cells: impl IntoIterator<Item = impl Into<String>>) {
        self.rows.push(cells.into_iter().map(Into::into).collect());
    }

    /// Aligned with spaces, a line under the head, `indent` spaces before all.
    pub(crate) fn aligned(&self, indent: usize) -> String {
        let widths = self.widths();
        let rule = widths
            .iter()
            .map(|width| "─".repeat(*width))
            .collect::<Vec<_>>();
        let lines = [&self.head, &rule].into_iter().chain(&self.rows);
        lines.map(|line| self.line(line, &widths, indent)).collect()
    }

    /// The rows alone, aligned.
    pub(crate) fn body(&self, indent: usize) -> String {
        let widths = self.widths();
        self.rows
            .iter()
            .map(|line| self.line(line, &widths, indent))
            .collect()
    }

    /// GitHub's kind of table.
    pub(crate) fn markdown(&self) -> String {
        let ruler = |column| if column < self.left { "---" } else { "---:" }.to_owned();
        let rule: Vec<_> = (0..self.head.len()).map(ruler).collect();
        let lines = [&self.head, &rule].into_iter().chain(&self.rows);
        lines
            .map(|line| format!("| {} |\n", line.join(" | ")))
            .collect()
    }

    /// RFC 4180.
    pub(crate) fn csv(&self) -> anyhow::Result<String> {
        let mut writer = csv::Writer::from_writer(Vec::new());
        for line in [&self.head].into_iter().chain(&self.rows) {
            writer.write_record(line)?;
        }
        Ok(String::from_utf8(writer.into_inner()?)?)
    }

    fn line(&self, cells: &[String], widths: &[usize], indent: usize) -> String {
        let cell = |(column, (cell, width)): (usize, (&String, &usize))| {
            let gap = " ".repeat(width.saturating_sub(cell.chars().count()));
            if column < self.left {
                format!("{cell}{gap}")
            } else {
                format!("{gap}{cell}")
            }
        };
        let cells: Vec<_> = cells.iter().zip(widths).enumerate().map(cell).collect();
        let line = format!("{}{}", " ".repeat(indent), cells.join("  "));
        format!("{}\n", line.trim_end())
    }

    fn widths(&self) -> Vec<usize> {
        let mut widths = vec![0; self.head.len()];
        for line in [&self.head].into_iter().chain(&self.rows) {
            for (width, cell) in widths.iter_mut().zip(line) {
                *width = (*width).max(cell.chars().count());
            }
        }
        widths
    }
}

#[cfg(test)]
mod tests {
    use super::Table;

    fn people() -> Table {
        let mut table = Table::new(&["Person", "Answered"]);
        table.row(["Zoë", "3"]);
        table.row(["Maximilian", "12"]);
        table
    }

    #[test]
    fn text_stands_left_and_numbers_right() {
        let expected = "\
            Person      Answered\n\
            ──────────  ────────\n\
            Zoë                3\n\
            Maximilian        12\n";
        assert_eq!(people().aligned(0), expected);
    }

    #[test]
    fn markdown_and_csv_hold_the_same() {
        let markdown = "| Person | Answered |\n| --- | ---: |\n| Zoë | 3 |\n| Maximilian | 12 |\n";
        assert_eq!(people().markdown(), markdown);
        assert_eq!(
            people().csv().unwrap(),
            "Person,Answered\nZoë,3\nMaximilian,12\n"
        );
    }
}
