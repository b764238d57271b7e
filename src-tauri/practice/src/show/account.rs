//! The one user and the one team.

use serde_json::Value;
use serde_json::json;

/// Identifier of the team.
pub(crate) const TEAM_ID: &str = "team_practiceharbor00000000";
/// Its short name, in addresses.
pub(crate) const TEAM_SLUG: &str = "practice-harbor-crew";
/// Identifier of the user whom the token belongs to.
pub(crate) const USER_ID: &str = "prActIce0000000000000000";
/// Their name.
pub(crate) const USER_NAME: &str = "practice-captain";
/// Their address.
pub(crate) const EMAIL: &str = "captain@practice.invalid";
/// How long the account has been there.
const AGE_MS: i64 = 400 * 86_400_000;

/// `GET /v2/user`.
pub(crate) fn user(now: i64) -> Value {
    json!({ "user": {
        "id": USER_ID,
        "email": EMAIL,
        "name": "Practice Captain",
        "username": USER_NAME,
        "avatar": null,
        "defaultTeamId": TEAM_ID,
        "createdAt": now - AGE_MS,
        "softBlock": null,
        "billing": null,
        "resourceConfig": {},
        "stagingPrefix": USER_NAME,
        "hasTrialAvailable": false,
    } })
}

/// One team.
pub(crate) fn team(now: i64) -> Value {
    let since = now - AGE_MS;
    json!({
        "id": TEAM_ID,
        "slug": TEAM_SLUG,
        "name": "Practice Harbor",
        "description": null,
        "avatar": null,
        "creatorId": USER_ID,
        "createdAt": since,
        "updatedAt": since,
        "stagingPrefix": TEAM_SLUG,
        "membership": {
            "uid": USER_ID, "teamId": TEAM_ID, "role": "OWNER", "confirmed": true, "created": since, "createdAt": since,
        },
    })
}

/// `GET /v2/teams`.
pub(crate) fn teams(now: i64) -> Value {
    json!({ "teams": [team(now)], "pagination": { "count": 1, "next": null, "prev": null } })
}
