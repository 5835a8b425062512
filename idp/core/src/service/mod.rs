//! Relying parties of the direct JWT flow and what they may ask for (profile 4).

mod record;

pub use record::{
    CallerAuthentication, DirectTokenType, ScopeBeyondAllowList, SealedSecret, SecretHash, Service,
    SubjectType,
};

#[cfg(test)]
mod tests {
    use idp_types::{AtomicScope, MatchingMode, Scope, ServiceId, Timestamp};

    use super::*;

    fn service(allowed: &[Scope]) -> Service {
        Service {
            service_id: ServiceId::parse("bar").unwrap(),
            name: "Bar".into(),
            url: "https://bar.example".into(),
            logo: None,
            privacy_policy_url: None,
            allowed_scopes: allowed.to_vec(),
            default_scopes: vec![Scope::Atomic(AtomicScope::AgeOver18)],
            audience: None,
            caller_authentication: CallerAuthentication::Origin,
            origins: Vec::new(),
            secrets: Vec::new(),
            caller_key: None,
            response_secrets: Vec::new(),
            matching_mode: MatchingMode::Transfer,
            trust_required: false,
            subject_type: SubjectType::Public,
            token_type: DirectTokenType::IdToken,
            enabled: true,
            created_at: Timestamp::default(),
            updated_at: Timestamp::default(),
        }
    }

    #[test]
    fn absent_scopes_mean_the_defaults_and_the_allow_list_is_a_ceiling() {
        let bar = service(&[Scope::AgeVerification]);
        assert_eq!(bar.requested(None).unwrap().to_claim(), "identity:age_over_18");
        assert_eq!(bar.requested(Some(&[Scope::Full])), Err(ScopeBeyondAllowList));
        assert!(bar.requested(Some(&[])).unwrap().is_empty());
    }

    #[test]
    fn the_portrait_comes_through_a_composite_only_where_that_is_allowed() {
        let named = service(&[Scope::Full, Scope::Atomic(AtomicScope::Photo)]);
        assert!(
            named
                .requested(Some(&[Scope::Atomic(AtomicScope::Photo)]))
                .is_ok()
        );
        assert_eq!(
            named.requested(Some(&[Scope::FullWithPhoto])),
            Err(ScopeBeyondAllowList)
        );
        assert!(
            service(&[Scope::FullWithPhoto])
                .requested(Some(&[Scope::FullWithPhoto]))
                .is_ok()
        );
    }

    #[test]
    fn secrets_do_not_print() {
        let mut bar = service(&[]);
        bar.secrets.push(SecretHash("s3cr3t-1".into()));
        bar.response_secrets.push(SealedSecret("s3cr3t-2".into()));
        let text = format!("{bar:?}");
        assert!(!text.contains("s3cr3t-1") && !text.contains("s3cr3t-2"));
    }
}
