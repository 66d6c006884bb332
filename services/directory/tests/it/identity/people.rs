//! The people whom the identity of a test knows, and the trouble that it makes.

use std::collections::{BTreeMap, HashMap};

use api::identity::v1::{
    DeactivateUserRequest, GetSeatUsageRequest, GetUserRequest, ImportUsersRequest,
    ImportUsersResponse, ImportedUser, InviteUserRequest, InviteUserResponse, ListUsersRequest,
    ListUsersResponse, Role, SeatUsage, User, UserState,
};
use ids::{AccountId, UserId};
use tonic::{Code, Status};
use tonic_types::{ErrorDetails, StatusExt as _};

/// What happens at a method, once.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Trouble {
    /// It fails, and nothing was done.
    Before,
    /// It is done, and the answer is lost.
    After,
    /// It is done, the answer is lost, and nobody remembers the request.
    Forgotten,
    /// It is refused, for this reason.
    Refused(&'static str),
}

#[derive(Debug, Clone)]
struct Person {
    account: AccountId,
    user: User,
}

/// Everybody.
#[derive(Debug)]
pub(crate) struct People {
    known: BTreeMap<UserId, Person>,
    answers: HashMap<String, InviteUserResponse>,
    trouble: HashMap<&'static str, Trouble>,
    /// Of every company.
    pub(crate) seats: u32,
}

impl Default for People {
    fn default() -> Self {
        Self {
            known: BTreeMap::new(),
            answers: HashMap::new(),
            trouble: HashMap::new(),
            seats: 1000,
        }
    }
}

impl People {
    pub(super) fn knows(&mut self, person: UserId, account: AccountId, state: UserState) {
        let user = self.known.entry(person).or_insert_with(|| Person {
            account,
            user: User {
                user_id: person.to_string(),
                email: format!("{person}@example.com"),
                ..User::default()
            },
        });
        user.user.set_state(state);
    }

    /// The next request of this method is in trouble.
    pub(crate) fn trouble(&mut self, method: &'static str, trouble: Trouble) {
        self.trouble.insert(method, trouble);
    }

    /// Somebody holds this role from now on.
    pub(crate) fn grant(&mut self, person: UserId, role: Role) {
        self.known.get_mut(&person).unwrap().user.roles = vec![role.into()];
    }

    /// Somebody has accepted.
    pub(crate) fn accepts(&mut self, person: &str) {
        let person = self.known.get_mut(&person.parse().unwrap()).unwrap();
        person.user.set_state(UserState::Active);
    }

    /// Somebody was deactivated.
    pub(crate) fn leaves(&mut self, person: &str) {
        let person = self.known.get_mut(&person.parse().unwrap()).unwrap();
        person.user.set_state(UserState::Deactivated);
    }

    /// Everybody who was ever invited with this address.
    pub(crate) fn invited(&self, email: &str) -> usize {
        self.known
            .values()
            .filter(|person| person.user.email == email)
            .count()
    }

    /// Where somebody stands.
    pub(crate) fn state(&self, person: UserId) -> UserState {
        self.known[&person].user.state()
    }

    pub(super) fn get_user(
        &mut self,
        account: AccountId,
        request: &GetUserRequest,
    ) -> Result<User, Status> {
        self.in_trouble("GetUser", |people| {
            people
                .of(account, &request.user_id)
                .map(|person| person.user.clone())
        })
    }

    pub(super) fn list_users(
        &mut self,
        account: AccountId,
        _: &ListUsersRequest,
    ) -> Result<ListUsersResponse, Status> {
        let users = self.known.values().filter(|who| who.account == account);
        Ok(ListUsersResponse {
            users: users.map(|who| who.user.clone()).collect(),
            next_page_token: String::new(),
        })
    }

    pub(super) fn seat_usage(
        &mut self,
        account: AccountId,
        _: &GetSeatUsageRequest,
    ) -> Result<SeatUsage, Status> {
        let seated = self.known.values().filter(|who| {
            let state = who.user.state();
            who.account == account && matches!(state, UserState::Invited | UserState::Active)
        });
        Ok(SeatUsage {
            seats: self.seats,
            used: seated.count() as u32,
        })
    }

    pub(super) fn invite_user(
        &mut self,
        account: AccountId,
        request: &InviteUserRequest,
    ) -> Result<InviteUserResponse, Status> {
        let request_id = request.request_id.clone();
        let trouble = self.trouble.get("InviteUser").copied();
        let answer = self.in_trouble("InviteUser", |people| {
            if let Some(answer) = people.answers.get(&request_id) {
                return Ok(answer.clone());
            }
            let mut user = request.user.clone().unwrap();
            if people.taken(&user.email) {
                return Err(refused(Code::AlreadyExists, "EMAIL_TAKEN"));
            }
            let id = UserId::generate();
            user.user_id = id.to_string();
            user.set_state(UserState::Invited);
            let answer = InviteUserResponse {
                user: Some(user.clone()),
                invitation_token: format!("token of {id}"),
            };
            people.known.insert(id, Person { account, user });
            people.answers.insert(request_id.clone(), answer.clone());
            Ok(answer)
        });
        if let Some(Trouble::Forgotten) = trouble {
            self.answers.remove(&request_id);
        }
        answer
    }

    pub(super) fn deactivate_user(
        &mut self,
        account: AccountId,
        request: &DeactivateUserRequest,
    ) -> Result<User, Status> {
        self.in_trouble("DeactivateUser", |people| {
            let person = people.of(account, &request.user_id)?;
            if person.user.state() == UserState::Deactivated {
                return Err(refused(Code::FailedPrecondition, "USER_STATE_CONFLICT"));
            }
            person.user.set_state(UserState::Deactivated);
            Ok(person.user.clone())
        })
    }

    pub(super) fn rehearse(
        &mut self,
        _: AccountId,
        file: &ImportUsersRequest,
    ) -> Result<ImportUsersResponse, Status> {
        assert!(file.dry_run);
        let file = String::from_utf8(file.csv.to_vec()).unwrap();
        let rows = file.lines().skip(1).map(|line| {
            let cells: Vec<_> = line.trim_matches('"').split("\",\"").collect();
            let mut row = ImportedUser::default();
            if self.taken(cells[2]) {
                row.reason = "EMAIL_TAKEN".to_owned();
            } else if cells[2].ends_with("@localhost") {
                row.reason = "FIELDS_INVALID".to_owned();
                row.problems = vec!["email: must be an e-mail address".to_owned()];
            }
            row
        });
        Ok(ImportUsersResponse {
            rows: rows.collect(),
        })
    }

    fn of(&mut self, account: AccountId, id: &str) -> Result<&mut Person, Status> {
        let id: UserId = id
            .parse()
            .map_err(|_| Status::invalid_argument("user_id"))?;
        let person = self.known.get_mut(&id);
        person
            .filter(|person| person.account == account)
            .ok_or_else(|| Status::not_found("no such person"))
    }

    fn taken(&self, email: &str) -> bool {
        self.known.values().any(|who| {
            who.user.email.eq_ignore_ascii_case(email) && who.user.state() != UserState::Deactivated
        })
    }

    fn in_trouble<A>(
        &mut self,
        method: &'static str,
        answer: impl FnOnce(&mut Self) -> Result<A, Status>,
    ) -> Result<A, Status> {
        match self.trouble.remove(method) {
            None => answer(self),
            Some(Trouble::Before) => Err(Status::internal("the identity of the test stumbles")),
            Some(Trouble::Refused(reason)) => Err(refused(Code::FailedPrecondition, reason)),
            Some(Trouble::After | Trouble::Forgotten) => {
                answer(self)?;
                Err(Status::internal("the identity of the test loses an answer"))
            }
        }
    }
}

fn refused(code: Code, reason: &str) -> Status {
    let details = ErrorDetails::with_error_info(reason, "identity.strowger.dev", HashMap::new());
    Status::with_error_details(code, reason, details)
}
