//! Just enough CMake to find out which commands a project calls.

/// A command and its arguments. Variables are not expanded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Command {
    /// The name as it is written.
    pub name: String,
    /// The arguments, without quotes. Parentheses inside, as in `if()`, are dropped.
    pub arguments: Vec<String>,
    /// Line number of the name, from 1.
    pub line: usize,
}

/// Finds the commands of a file. Text that is no command is skipped, since CMake itself will
/// complain about it.
pub fn commands(text: &str) -> Vec<Command> {
    let mut lexer = Lexer { rest: text, line: 1 };
    let mut found = Vec::new();
    let mut name: Option<(String, usize)> = None;
    while let Some(token) = lexer.next_token() {
        match (token, name.take()) {
            (Token::Open, Some((name, line))) => {
                found.push(Command { name, arguments: lexer.arguments(), line })
            }
            (Token::Word(word), _) => name = Some((word, lexer.line)),
            _ => {}
        }
    }
    found
}

#[derive(Debug, PartialEq, Eq)]
enum Token {
    Open,
    Close,
    Word(String),
    Quoted(String),
}

struct Lexer<'a> {
    rest: &'a str,
    line: usize,
}

impl Lexer<'_> {
    /// Goes on by `length` bytes and returns them.
    fn take(&mut self, length: usize) -> &str {
        let (taken, rest) = self.rest.split_at(length);
        self.rest = rest;
        self.line += taken.matches('\n').count();
        taken
    }

    /// Everything up to and with `end`, or all of it; returned without `end`.
    fn take_until(&mut self, end: &str) -> String {
        let at = self.rest.find(end);
        let text = self.take(at.unwrap_or(self.rest.len())).to_owned();
        if at.is_some() {
            self.take(end.len());
        }
        text
    }

    fn next_token(&mut self) -> Option<Token> {
        loop {
            let space = self.rest.len() - self.rest.trim_start().len();
            self.take(space);
            let first = self.rest.chars().next()?;
            return Some(match first {
                '#' => {
                    self.take(1);
                    match self.bracket() {
                        Some(_) => continue,
                        None => self.take_until("\n"),
                    };
                    continue;
                }
                '(' => {
                    self.take(1);
                    Token::Open
                }
                ')' => {
                    self.take(1);
                    Token::Close
                }
                '"' => {
                    self.take(1);
                    Token::Quoted(self.quoted())
                }
                '[' => match self.bracket() {
                    Some(text) => Token::Quoted(text),
                    None => Token::Word(self.word()),
                },
                _ => Token::Word(self.word()),
            });
        }
    }

    /// The text of `[==[ ... ]==]`, if that is what comes next.
    fn bracket(&mut self) -> Option<String> {
        let inner = self.rest.strip_prefix('[')?;
        let equals = inner.len() - inner.trim_start_matches('=').len();
        if !inner[equals..].starts_with('[') {
            return None;
        }
        self.take(equals + 2);
        let end = format!("]{}]", "=".repeat(equals));
        Some(self.take_until(&end))
    }

    fn quoted(&mut self) -> String {
        let mut text = String::new();
        while let Some(c) = self.rest.chars().next() {
            self.take(c.len_utf8());
            match c {
                '"' => break,
                '\\' => {
                    if let Some(escaped) = self.rest.chars().next() {
                        self.take(escaped.len_utf8());
                        text.push(escaped);
                    }
                }
                c => text.push(c),
            }
        }
        text
    }

    fn word(&mut self) -> String {
        let end = self
            .rest
            .find(|c: char| c.is_whitespace() || matches!(c, '(' | ')' | '"' | '#'))
            .unwrap_or(self.rest.len());
        // A word is never empty: the caller saw a character that begins one.
        self.take(end.max(1)).to_owned()
    }

    fn arguments(&mut self) -> Vec<String> {
        let mut depth = 1;
        let mut arguments = Vec::new();
        while let Some(token) = self.next_token() {
            match token {
                Token::Open => depth += 1,
                Token::Close => {
                    depth -= 1;
                    if depth == 0 {
                        break;
                    }
                }
                Token::Word(text) | Token::Quoted(text) => arguments.push(text),
            }
        }
        arguments
    }
}

#[cfg(test)]
mod tests {
    use super::commands;

    fn call(text: &str) -> (String, Vec<String>, usize) {
        let command = commands(text).remove(0);
        (command.name, command.arguments, command.line)
    }

    #[test]
    fn arguments_are_split_and_unquoted() {
        let text = "# note\n\nAddToFileServer(\"linux\" \"${DIR}/a b\"\n  DEPENDS x)\n";
        let expected = ["linux", "${DIR}/a b", "DEPENDS", "x"].map(str::to_owned);
        assert_eq!(call(text), ("AddToFileServer".to_owned(), expected.to_vec(), 3));
    }

    #[test]
    fn comments_and_brackets_hide_commands() {
        let text = "#[[ DeclareCAmkESVM(Init0) ]]\n# project(a)\nset(x [=[ a(b) ]=])";
        let found = commands(text);
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].arguments, ["x", " a(b) "]);
    }

    #[test]
    fn conditions_may_nest() {
        let (name, arguments, _) = call("if(NOT (a AND \"b\"))");
        assert_eq!((name.as_str(), arguments.len()), ("if", 4));
    }

    #[test]
    fn an_unfinished_file_is_read_to_its_end() {
        assert_eq!(commands("set(a \"b").len(), 1);
        assert_eq!(commands("set(a [[b").len(), 1);
        assert!(commands("\\ \" ( [").len() <= 1);
    }
}
