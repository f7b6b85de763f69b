//! What the CSV reader reads and refuses, held against the csv crate.

use proptest::prelude::*;

use super::*;

fn read(text: &str, delimiter: char) -> Vec<Result<Row, Diagnostic>> {
    let file: Arc<str> = Arc::from("data.csv");
    rows(Lines::new(text.as_bytes(), file.clone()), file, delimiter).collect()
}

fn cells(text: &str) -> Vec<Vec<String>> {
    let text_of = |v: &Value| v.as_str().unwrap().to_string();
    read(text, ',').into_iter().map(|row| row.unwrap().fields.values().map(text_of).collect()).collect()
}

fn mistake(text: &str) -> Diagnostic {
    read(text, ',').into_iter().find_map(Result::err).unwrap()
}

#[test]
fn quotes_line_ends_and_blank_lines_are_read() {
    let text = "id, input\r\n\r\n1,\"a, \"\"b\"\"\r\nc\"\r\n,\n2,5\" pipe\n";
    assert_eq!(cells(text), [["1", "a, \"b\"\r\nc"], ["2", "5\" pipe"]]);
    let rows = read(text, ',');
    assert_eq!(rows[1].as_ref().unwrap().line, Some(6));
    assert_eq!(read("a\tb\n1\t2", '\t')[0].as_ref().unwrap().fields["b"], "2");
}

#[test]
fn a_column_without_a_name_is_named_by_its_position() {
    assert!(read(",id\n0,a", ',')[0].as_ref().unwrap().fields.contains_key("(column 1)"));
}

#[test]
fn a_mistake_in_a_cell_is_shown_in_it() {
    let rows = read("id,input,tags\n1,\"two\nlines\",\"[bad\"\n", ',');
    insta::assert_snapshot!(rows[0].as_ref().unwrap().mistake(Some("tags"), "broken"), @r#"
    error: broken
     --> data.csv:3:9
      |
    3 | lines","[bad"
      |         ^^^^
    "#);
}

#[test]
fn a_broken_row_does_not_hide_the_next() {
    let rows = read("a,b\n1\n2,3", ',');
    assert!(rows[0].is_err() && rows[1].is_ok());
}

#[test]
fn broken_rows_are_told_by_line_and_column() {
    insta::assert_snapshot!(mistake("id,input\n1,a,b"), @r"
    error: the row has 3 cells, the header has 2 columns
     --> data.csv:2:5
      |
    2 | 1,a,b
      |     ^
      |
      = help: a cell that holds ',' stands in double quotes
    ");
    insta::assert_snapshot!(mistake("id,input\n1"), @r"
    error: the row has 1 cell, the header has 2 columns
     --> data.csv:2:1
      |
    2 | 1
      | ^
      |
      = help: an empty cell still needs its separator; was a quote opened and never closed?
    ");
    insta::assert_snapshot!(mistake("id,input\n1,\"a\n2,b"), @r#"
    error: a quote is opened here and never closed
     --> data.csv:2:3
      |
    2 | 1,"a
      |   ^
    "#);
    insta::assert_snapshot!(mistake("id,input\n1,\"a\"b"), @r#"
    error: text stands after the closing quote of a cell
     --> data.csv:2:6
      |
    2 | 1,"a"b
      |      ^
      |
      = help: a quote within a quoted cell is written twice: ""
    "#);
    insta::assert_snapshot!(mistake("id,input,id"), @r"
    error: two columns are named `id`
     --> data.csv:1:10
      |
    1 | id,input,id
      |          ^
    ");
    insta::assert_snapshot!(mistake("id;input\n1;a"), @r"
    error: the columns are separated by ';', not by ','
     --> data.csv:1:3
      |
    1 | id;input
      |   ^
      |
      = help: write the file with commas
    ");
}

proptest! {
    #[test]
    fn what_the_csv_crate_writes_is_read_back(table in prop::collection::vec(prop::collection::vec("[a-z \",;\r\n\tä]{0,8}", 3), 1..8)) {
        let mut writer = ::csv::Writer::from_writer(Vec::new());
        writer.write_record(["x", "y", "z"]).unwrap();
        for record in &table {
            writer.write_record(record).unwrap();
        }
        let text = String::from_utf8(writer.into_inner().unwrap()).unwrap();
        let full: Vec<_> = table.into_iter().filter(|r| r.iter().any(|c| !c.is_empty())).collect();
        prop_assert_eq!(cells(&text), full);
    }

    #[test]
    fn what_is_read_is_what_the_csv_crate_reads(text in "([ab\"]{0,3}[,\n]?){0,12}") {
        let text = format!("x,y\n{text}");
        let ours = read(&text, ',');
        if ours.iter().all(Result::is_ok) {
            let theirs: Vec<Vec<String>> = ::csv::ReaderBuilder::new()
                .flexible(true)
                .from_reader(text.as_bytes())
                .records()
                .map(|r| r.unwrap().iter().map(str::to_string).collect())
                .filter(|r: &Vec<String>| r.iter().any(|c| !c.is_empty()))
                .collect();
            prop_assert_eq!(cells(&text), theirs);
        }
    }

    #[test]
    fn any_text_is_read_or_refused(text in "\\PC*[\",\n\r]*\\PC*") {
        for row in read(&text, ',').into_iter().flatten() {
            let _ = row.mistake(row.fields.keys().next().map(String::as_str), "x");
        }
    }
}
