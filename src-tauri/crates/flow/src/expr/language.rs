//! The part of the template language that is let in: what can only arrange values, so that no template can make large ones.

use std::collections::BTreeSet;

use minijinja::machinery::{
    Token,
    ast::{BinOpKind, CallArg, CompareOpKind, Expr, Stmt},
    parse, tokenize,
};

use super::{
    ExprError, nearest,
    shown::{FILTERS, NUMBERS, TESTS},
    template,
};

const COMPUTE: &str = "Compute it with an expression in a step before, and wire it here.";

/// How many words and signs one tag may have.
const MOST_TOKENS: usize = 200;

/// How many times a template may say `elif`.
const MOST_ELIF: usize = 50;

/// Each sign of a tag, and each `elif`, may nest the parsed template once more, on the stack, before it can be looked at.
fn not_deep(source: &str) -> Result<(), ExprError> {
    let (mut in_tag, mut elif) = (0, 0);
    for token in tokenize(source, false, Default::default()) {
        let (token, _) = token.map_err(|error| template::syntax(&error))?;
        match token {
            Token::TemplateData(_) | Token::VariableStart | Token::BlockStart => in_tag = 0,
            Token::Ident("elif") => elif += 1,
            _ => in_tag += 1,
        }
        if in_tag > MOST_TOKENS {
            return refuse(&format!("A tag of more than {MOST_TOKENS} words and signs"), COMPUTE);
        }
        if elif > MOST_ELIF {
            return refuse(&format!("elif more than {MOST_ELIF} times"), COMPUTE);
        }
    }
    Ok(())
}

/// A look through a parsed template.
pub(super) struct Language<'a> {
    declared: &'a [&'a str],
    /// Names bound by `for` and `set` around.
    bound: Vec<&'a str>,
    used: BTreeSet<String>,
}

impl<'a> Language<'a> {
    /// The variables a template uses, if it is one that is let in.
    pub(super) fn check(source: &'a str, declared: &'a [&'a str]) -> Result<BTreeSet<String>, ExprError> {
        not_deep(source)?;
        let parsed = parse(source, "template", Default::default()).map_err(|error| template::syntax(&error))?;
        let mut language = Self { declared, bound: Vec::new(), used: BTreeSet::new() };
        language.statement(&parsed)?;
        Ok(language.used)
    }

    fn body(&mut self, statements: &[Stmt<'a>]) -> Result<(), ExprError> {
        let outside = self.bound.len();
        statements.iter().try_for_each(|statement| self.statement(statement))?;
        self.bound.truncate(outside);
        Ok(())
    }

    fn statement(&mut self, statement: &Stmt<'a>) -> Result<(), ExprError> {
        match statement {
            Stmt::Template(template) => template.children.iter().try_for_each(|child| self.statement(child)),
            Stmt::EmitRaw(_) => Ok(()),
            Stmt::EmitExpr(emit) => self.expr(&emit.expr),
            Stmt::IfCond(cond) => {
                self.expr(&cond.expr)?;
                // A variable set in a branch lives on after it.
                cond.true_body.iter().chain(&cond.false_body).try_for_each(|child| self.statement(child))
            }
            Stmt::ForLoop(for_loop) => {
                self.expr(&for_loop.iter)?;
                let outside = self.bound.len();
                self.bind(&for_loop.target)?;
                self.bound.push("loop");
                for_loop.filter_expr.iter().try_for_each(|filter| self.expr(filter))?;
                self.body(&for_loop.body)?;
                self.bound.truncate(outside);
                self.body(&for_loop.else_body)
            }
            Stmt::Set(set) => {
                self.expr(&set.expr)?;
                self.bind(&set.target)
            }
            Stmt::SetBlock(_) | Stmt::FilterBlock(_) => refuse("Capturing text in a block", "Write the text where it is needed."),
            Stmt::WithBlock(_) => refuse("A with block", "Use {% set name = value %}."),
            Stmt::AutoEscape(_) => refuse("An autoescape block", "Templates here make plain text."),
            Stmt::Do(_) => refuse("A do block", COMPUTE),
            #[allow(
                unreachable_patterns,
                reason = "more statements exist where another crate turns on more of minijinja's features"
            )]
            _ => refuse("Another file or a macro", "Write the text where it is needed."),
        }
    }

    fn bind(&mut self, target: &Expr<'a>) -> Result<(), ExprError> {
        match target {
            Expr::Var(var) => {
                self.bound.push(var.id);
                Ok(())
            }
            Expr::List(list) => list.items.iter().try_for_each(|item| self.bind(item)),
            Expr::Tuple(tuple) => tuple.items.iter().try_for_each(|item| self.bind(item)),
            _ => refuse("Setting a part of a value", "Use {% set name = value %}."),
        }
    }

    fn expr(&mut self, expr: &Expr<'a>) -> Result<(), ExprError> {
        match expr {
            Expr::Const(_) => Ok(()),
            Expr::Var(var) => self.name(var.id),
            Expr::Slice(slice) => {
                self.expr(&slice.expr)?;
                [&slice.start, &slice.stop, &slice.step].into_iter().flatten().try_for_each(|part| self.expr(part))
            }
            Expr::UnaryOp(unary) => self.expr(&unary.expr),
            Expr::BinOp(binary) => {
                self.operator(&binary.op, &binary.left, &binary.right)?;
                self.expr(&binary.left)?;
                self.expr(&binary.right)
            }
            Expr::Compare(compare) => {
                let mut left = &compare.expr;
                self.expr(left)?;
                for step in &compare.ops {
                    if matches!(step.op, CompareOpKind::Lt | CompareOpKind::Lte | CompareOpKind::Gt | CompareOpKind::Gte) {
                        ordered(left, &step.expr)?;
                    }
                    self.expr(&step.expr)?;
                    left = &step.expr;
                }
                Ok(())
            }
            Expr::IfExpr(choice) => {
                self.expr(&choice.test_expr)?;
                self.expr(&choice.true_expr)?;
                choice.false_expr.iter().try_for_each(|other| self.expr(other))
            }
            Expr::Filter(filter) => {
                known("filter", filter.name, &FILTERS)?;
                filter.expr.iter().try_for_each(|inner| self.expr(inner))?;
                self.arguments(&filter.args)
            }
            Expr::Test(test) => {
                known("test", test.name, &TESTS)?;
                self.expr(&test.expr)?;
                self.arguments(&test.args)
            }
            Expr::GetAttr(attribute) => self.expr(&attribute.expr),
            Expr::GetItem(item) => {
                self.expr(&item.expr)?;
                self.expr(&item.subscript_expr)
            }
            Expr::Call(_) => refuse("A call", "Use a filter, such as {{ name | upper }}."),
            Expr::List(list) => self.fixed(&list.items),
            Expr::Tuple(tuple) => self.fixed(&tuple.items),
            Expr::Map(_) => refuse("A map", COMPUTE),
        }
    }

    fn name(&mut self, name: &'a str) -> Result<(), ExprError> {
        if self.bound.contains(&name) {
            return Ok(());
        }
        if !self.declared.contains(&name) {
            return Err(ExprError::unknown_variable(name, self.declared));
        }
        self.used.insert(name.to_owned());
        Ok(())
    }

    fn operator(&self, op: &BinOpKind, left: &Expr<'a>, right: &Expr<'a>) -> Result<(), ExprError> {
        match op {
            BinOpKind::Eq | BinOpKind::Ne | BinOpKind::ScAnd | BinOpKind::ScOr | BinOpKind::In => Ok(()),
            BinOpKind::Lt | BinOpKind::Lte | BinOpKind::Gt | BinOpKind::Gte => ordered(left, right),
            BinOpKind::Concat => refuse("~", "Write the parts next to each other: {{ a }}{{ b }}."),
            _ => refuse("Arithmetic", COMPUTE),
        }
    }

    fn arguments(&mut self, arguments: &[CallArg<'a>]) -> Result<(), ExprError> {
        arguments.iter().try_for_each(|argument| match argument {
            CallArg::Pos(value) | CallArg::Kwarg(_, value) => self.expr(value),
            CallArg::PosSplat(_) | CallArg::KwargSplat(_) => refuse("A list of arguments", "Write each argument."),
        })
    }

    /// Lists may only hold fixed values: for `in`, and never to repeat a large one.
    fn fixed(&mut self, items: &[Expr<'a>]) -> Result<(), ExprError> {
        match items.iter().all(|item| matches!(item, Expr::Const(_))) {
            true => Ok(()),
            false => refuse("A list of values that are not fixed", COMPUTE),
        }
    }
}

/// Money put in order with a plain number would give nonsense without an error, so one side has to be a number for certain.
fn ordered(left: &Expr<'_>, right: &Expr<'_>) -> Result<(), ExprError> {
    let is_number = |expr: &Expr<'_>| match expr {
        Expr::Filter(filter) => NUMBERS.contains(&filter.name),
        Expr::GetAttr(attribute) => matches!(&attribute.expr, Expr::Var(var) if var.id == "loop"),
        _ => false,
    };
    match is_number(left) || is_number(right) {
        true => Ok(()),
        false => refuse(
            "An ordering such as < between values of unknown type",
            "For a number write {{ value | float }}; compare money with an expression in a step before.",
        ),
    }
}

fn known(what: &'static str, name: &str, names: &[&str]) -> Result<(), ExprError> {
    match names.contains(&name) {
        true => Ok(()),
        false => Err(ExprError::Unknown { what, name: name.to_owned(), suggestion: nearest(name, names.iter().copied()) }),
    }
}

fn refuse(what: &str, hint: &'static str) -> Result<(), ExprError> {
    Err(ExprError::Refused { what: what.to_owned(), hint })
}
