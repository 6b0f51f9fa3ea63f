//! What is done to a parsed expression before it runs: names are checked, and every operation that costs is given the meter.

use std::{
    collections::BTreeSet,
    sync::{Arc, LazyLock},
};

use cel::{
    Env,
    common::{
        ast::{CallExpr, ComprehensionExpr, EntryExpr, Expr, IdedExpr, operators},
        types::{DYN_TYPE, STRING_TYPE},
    },
};

use super::{ExprError, meter, money::MONEY, nearest};

/// How deep an expression may be nested.
const MOST_LEVELS: usize = 64;

/// The variable that holds the meter. Its name can't be written in CEL, and neither can those of the functions that take it.
pub(super) const METER: &str = "@meter";

/// The functions that an expression may call; optional values and the rest of the library are left out.
const FUNCTIONS: [&str; 26] = [
    "bool",
    "bytes",
    "contains",
    "double",
    "duration",
    "dyn",
    "endsWith",
    "getDate",
    "getDayOfMonth",
    "getDayOfWeek",
    "getDayOfYear",
    "getFullYear",
    "getHours",
    "getMilliseconds",
    "getMinutes",
    "getMonth",
    "getSeconds",
    "int",
    "matches",
    "money",
    "size",
    "startsWith",
    "string",
    "timestamp",
    "type",
    "uint",
];

/// CEL's standard library with money.
pub(super) static ENV: LazyLock<Arc<Env>> = LazyLock::new(|| {
    let mut env = Env::stdlib().with_optional_support(false);
    let (meter, money) = (|| meter::METER.to_owned(), || MONEY.to_owned());
    let declared = [
        env.add_overload("@touch", "touch", vec![DYN_TYPE, meter()], meter::touch),
        env.add_overload("@weigh", "weigh", vec![DYN_TYPE, meter()], meter::weigh),
        env.add_overload("@range", "range", vec![DYN_TYPE, meter()], meter::range),
        env.add_overload("@equal", "equal", vec![DYN_TYPE, DYN_TYPE, meter()], meter::equal),
        env.add_overload("@within", "within", vec![DYN_TYPE, DYN_TYPE, meter()], meter::within),
        env.add_overload("@matches", "matches_metered", vec![STRING_TYPE, STRING_TYPE, meter()], meter::matches),
        env.add_overload("money", "money_from", vec![DYN_TYPE], meter::money),
        env.add_overload("string", "money_to_string", vec![money()], meter::money_to_string),
        env.add_type(money()),
    ];
    for outcome in declared {
        outcome.expect("the names are new to the standard library");
    }
    Arc::new(env)
});

/// Checks and rewrites a parsed expression.
pub(super) struct Rewrite<'a> {
    /// The variables that may be used.
    pub(super) declared: &'a [&'a str],
    /// Those that are.
    pub(super) used: BTreeSet<String>,
    /// Names bound by the comprehensions around.
    bound: Vec<String>,
}

impl<'a> Rewrite<'a> {
    pub(super) fn new(declared: &'a [&'a str]) -> Self {
        Self { declared, used: BTreeSet::new(), bound: Vec::new() }
    }

    pub(super) fn visit(&mut self, expr: &mut IdedExpr, level: usize) -> Result<(), ExprError> {
        if level > MOST_LEVELS {
            return Err(ExprError::Refused {
                what: format!("An expression nested more than {MOST_LEVELS} levels deep"),
                hint: "Do part of it in a step of its own.",
            });
        }
        let each =
            |rewrite: &mut Self, exprs: &mut [IdedExpr]| exprs.iter_mut().try_for_each(|expr| rewrite.visit(expr, level + 1));
        match &mut expr.expr {
            Expr::Literal(_) => Ok(()),
            Expr::Ident(name) => self.name(name),
            Expr::Select(select) => self.visit(&mut select.operand, level + 1),
            Expr::List(list) => {
                each(self, &mut list.elements)?;
                list.elements.iter_mut().for_each(|element| wrap("@weigh", element));
                Ok(())
            }
            Expr::Map(map) => {
                for entry in &mut map.entries {
                    if let EntryExpr::MapEntry(entry) = &mut entry.expr {
                        for part in [&mut entry.key, &mut entry.value] {
                            self.visit(part, level + 1)?;
                            wrap("@weigh", part);
                        }
                    }
                }
                Ok(())
            }
            Expr::Call(call) => {
                if let Some(target) = &mut call.target {
                    self.visit(target, level + 1)?;
                }
                each(self, &mut call.args)?;
                rewrite_call(call)
            }
            Expr::Comprehension(comprehension) => self.comprehension(comprehension, level),
            Expr::Struct(strukt) => Err(ExprError::Refused {
                what: format!("The message {:?}", strukt.type_name),
                hint: "Write a map, such as {\"key\": value}.",
            }),
            Expr::Unspecified => Err(ExprError::Syntax { line: 1, column: None, what: "nothing is written here".to_owned() }),
        }?;
        if let Expr::Call(call) = &mut expr.expr
            && call.func_name == operators::NOT_EQUALS
        {
            let equal = CallExpr { func_name: "@equal".to_owned(), target: None, args: metered(std::mem::take(&mut call.args)) };
            *call = CallExpr { func_name: operators::LOGICAL_NOT.to_owned(), target: None, args: vec![ided(Expr::Call(equal))] };
        }
        Ok(())
    }

    fn name(&mut self, name: &str) -> Result<(), ExprError> {
        let is_bound = name.starts_with('@') || self.bound.iter().any(|bound| bound == name);
        if self.declared.contains(&name) && !is_bound {
            self.used.insert(name.to_owned());
            return Ok(());
        }
        if is_bound || ENV.types().find_type(name).is_some() {
            return Ok(());
        }
        Err(ExprError::unknown_variable(name, self.declared))
    }

    fn comprehension(&mut self, over: &mut ComprehensionExpr, level: usize) -> Result<(), ExprError> {
        self.visit(&mut over.iter_range, level + 1)?;
        self.visit(&mut over.accu_init, level + 1)?;
        let outside = self.bound.len();
        self.bound.extend([over.iter_var.clone(), over.accu_var.clone()]);
        self.bound.extend(over.iter_var2.clone());
        for part in [&mut over.loop_cond, &mut over.loop_step, &mut over.result] {
            self.visit(part, level + 1)?;
        }
        self.bound.truncate(outside);
        // Literals too: going over them is what costs.
        let range = std::mem::take(&mut over.iter_range);
        over.iter_range = ided(call("@range", metered(vec![range])));
        Ok(())
    }
}

/// Gives a call whose parts are done the meter.
fn rewrite_call(call: &mut CallExpr) -> Result<(), ExprError> {
    match call.func_name.as_str() {
        operators::CONDITIONAL | operators::LOGICAL_AND | operators::LOGICAL_OR | operators::LOGICAL_NOT => {}
        // `!=` is two calls, and `visit` writes them.
        operators::NOT_STRICTLY_FALSE | operators::INDEX | operators::NOT_EQUALS => {}
        operators::EQUALS => become_metered(call, "@equal"),
        operators::IN => become_metered(call, "@within"),
        operators::ADD => {
            // What a comprehension adds to its own result is recognised by the interpreter and costs what is added.
            let grows_result =
                matches!(call.args.first().map(|first| &first.expr), Some(Expr::Ident(name)) if name.starts_with('@'));
            if !grows_result {
                call.args.iter_mut().for_each(|arg| wrap("@weigh", arg));
            }
        }
        operators::SUBSTRACT | operators::MULTIPLY | operators::DIVIDE | operators::MODULO | operators::NEGATE => touch_all(call),
        operators::LESS | operators::LESS_EQUALS | operators::GREATER | operators::GREATER_EQUALS => touch_all(call),
        "matches" => {
            let target = call.target.take().map(|target| *target);
            call.args.splice(0..0, target);
            become_metered(call, "@matches");
        }
        name if FUNCTIONS.contains(&name) => touch_all(call),
        name => {
            let suggestion = nearest(name, FUNCTIONS);
            return Err(ExprError::Unknown { what: "function", name: name.to_owned(), suggestion });
        }
    }
    Ok(())
}

fn touch_all(call: &mut CallExpr) {
    call.target.iter_mut().for_each(|target| wrap("@touch", target));
    call.args.iter_mut().for_each(|arg| wrap("@touch", arg));
}

fn become_metered(call: &mut CallExpr, name: &str) {
    call.func_name = name.to_owned();
    call.args = metered(std::mem::take(&mut call.args));
}

fn metered(mut args: Vec<IdedExpr>) -> Vec<IdedExpr> {
    args.push(ided(Expr::Ident(METER.to_owned())));
    args
}

fn wrap(name: &str, expr: &mut IdedExpr) {
    if !matches!(expr.expr, Expr::Literal(_)) {
        let inner = std::mem::take(expr);
        *expr = ided(call(name, metered(vec![inner])));
    }
}

fn call(name: &str, args: Vec<IdedExpr>) -> Expr {
    Expr::Call(CallExpr { func_name: name.to_owned(), target: None, args })
}

fn ided(expr: Expr) -> IdedExpr {
    IdedExpr { id: 0, expr }
}
