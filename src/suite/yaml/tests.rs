//! YAML texts, and the trees or faults they give.

use super::*;
use crate::suite::node::Value;

fn json(text: &str) -> serde_json::Value {
    let (node, faults) = parse(text);
    assert_eq!(faults, [], "{text}");
    node.and_then(|node| node.to_json()).unwrap()
}

fn fault(text: &str) -> String {
    let (_, faults) = parse(text);
    let Fault { at, message, .. } = faults.first().expect("a fault");
    format!("{}:{}+{} {message}", at.line, at.column, at.width)
}

#[test]
fn scalars_keep_the_core_schema() {
    assert_eq!(
        json("a: [yes, no, 'true', true, 1, 1.5, ~, !!str 2]").to_string(),
        r#"{"a":["yes","no","true",true,1,1.5,null,"2"]}"#
    );
    assert_eq!(json("\u{feff}a: |\n  x\n  y\n").to_string(), r#"{"a":"x\ny\n"}"#);
}

#[test]
fn anchors_and_merges_are_copied() {
    let text = "base: &b {x: 1, y: 2}\none: {<<: *b, y: 3}\ntwo: *b\n";
    assert_eq!(json(text).to_string(), r#"{"base":{"x":1,"y":2},"one":{"y":3,"x":1},"two":{"x":1,"y":2}}"#);
}

#[test]
fn places_are_in_characters_from_one() {
    let (node, _) = parse("é: {ü: [1, zwei]}").clone();
    let Some(Node { value: Value::Map(entries), .. }) = node else { panic!("a map") };
    assert_eq!(entries[0].1.at, At { line: 1, column: 4, width: 14 });
    assert_eq!(entries[0].0.at, At { line: 1, column: 1, width: 1 });
}

#[test]
fn faults_have_their_place() {
    assert_eq!(fault("a: 1\nb: 2\na: 3\n"), "3:1+1 the key `a` is written twice");
    assert_eq!(fault("a:\n\t- x\n"), "2:2+1 not valid YAML: tabs disallowed within this context (block indentation)");
    assert_eq!(fault("a: !env X\n"), "1:4+4 the tag `!env` means nothing here");
    assert_eq!(fault("&a [*a]"), "1:5+2 an alias inside the value that it stands for");
    assert_eq!(fault("a: 1\n---\nb: 2\n"), "2:1+3 a second document begins here");
    assert_eq!(fault("a: {{ x }}\n"), "1:5+5 a map cannot be a key");
}

#[test]
fn a_small_file_cannot_grow_into_a_large_tree() {
    let mut text = String::from("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
    for i in 1..12 {
        let copies = vec![format!("*a{}", i - 1); 10].join(", ");
        text.push_str(&format!("a{i}: &a{i} [{copies}]\n"));
    }
    assert!(fault(&text).ends_with("this file holds more values than any suite needs"));
}

proptest::proptest! {
    #[test]
    fn no_text_makes_it_panic(text in "[a-c:{}\\[\\],&*!|>'\"#<~ \\n\\t\u{feff}é-]{0,60}") {
        let _ = parse(&text);
    }
}
