//! A form that a page of the provider posts by itself (OAuth 2.0 Form Post Response Mode).

use crate::http::Answer;
use crate::web::{hidden_fields, unescaped};

/// The form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Posted {
    /// Where it goes.
    pub action: String,
    /// Its hidden fields, in their order.
    pub fields: Vec<(String, String)>,
}

impl Posted {
    /// The form of a page.
    ///
    /// # Panics
    /// With the page, where it has none.
    #[track_caller]
    pub fn of(answer: &Answer) -> Self {
        let page = answer.text();
        assert_eq!(answer.status.as_u16(), 200, "{page}");
        Self::find(answer).unwrap_or_else(|| panic!("a form in {page}"))
    }

    /// The form of a page that has one.
    pub fn find(answer: &Answer) -> Option<Self> {
        let page = answer.text();
        let mut forms = page.split("<form ").skip(1);
        let form = forms.find(|form| form.contains("method=\"post\""))?;
        let (form, _) = form.split_once("</form>")?;
        let (_, action) = form.split_once("action=\"")?;
        let (action, _) = action.split_once('"')?;
        Some(Self {
            action: unescaped(action),
            fields: hidden_fields(form),
        })
    }

    /// The value of a field.
    pub fn field(&self, name: &str) -> Option<&str> {
        let found = self.fields.iter().find(|(own, _)| own == name);
        found.map(|(_, value)| value.as_str())
    }
}
