//! Menus: a prompt, a key, a way on.

use core::time::Duration;

use ids::MenuId;

use super::{CommandAction, Event, Rejected, State, Target, decide::Step};

/// For playing the prompt itself, before the time for a key begins.
const PROMPT_ALLOWANCE: Duration = Duration::from_secs(60);

impl Step<'_> {
    pub(super) fn enter_menu(&mut self, id: MenuId) {
        let Some(menu) = self.plan.menus.get(&id) else {
            return self.enter(&Target::Unassigned, "menu is gone");
        };
        if !self.plan.is_open(menu.schedule, self.now) {
            return self.enter(&menu.closed_target, "closed");
        }
        self.ask_for_key(id, 1);
    }

    /// Keys, or none in time, for the question `collect`.
    pub(super) fn digits(&mut self, collect: u32, digits: &str) -> Result<(), Rejected> {
        let (id, attempt) = match &self.call.state {
            State::InMenu {
                menu,
                attempt,
                collect: open,
                ..
            } if *open == collect => (*menu, *attempt),
            // The answer to an earlier question, or one given before.
            _ => return Err(Rejected::Redundant),
        };
        let Some(menu) = self.plan.menus.get(&id) else {
            self.enter(&Target::Unassigned, "menu is gone");
            return Ok(());
        };
        let key = digits.chars().next();
        let target = key.and_then(|key| menu.keys.get(&key));
        self.events.push(Event::KeyPressed {
            menu: id,
            key: key.map(String::from).unwrap_or_default(),
            valid: target.is_some(),
        });
        match target {
            Some(target) => self.enter(target, "key"),
            None if attempt < menu.attempts => self.ask_for_key(id, attempt + 1),
            None if key.is_some() => self.enter(&menu.invalid_target, "invalid key"),
            None => self.enter(&menu.timeout_target, "timed out"),
        }
        Ok(())
    }

    fn ask_for_key(&mut self, id: MenuId, attempt: u32) {
        let Some(menu) = self.plan.menus.get(&id) else {
            return;
        };
        let collect = self.call.next_number();
        self.call.state = State::InMenu {
            menu: id,
            attempt,
            collect,
            until: self.now + menu.key_timeout + PROMPT_ALLOWANCE,
        };
        self.command(CommandAction::Collect {
            leg: self.call.caller,
            collect,
            prompt: menu.prompt.clone(),
            timeout: menu.key_timeout,
        });
    }
}
