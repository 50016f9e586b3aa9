//! The hazard categories everything is judged by.

/// A category of the MLCommons AILuminate hazard taxonomy (v1.1, as used by Llama Guard 3; `S14` is Llama Guard 3's
/// code interpreter abuse).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
pub enum Category {
    /// Violent crimes.
    S1,
    /// Non-violent crimes.
    S2,
    /// Sex-related crimes.
    S3,
    /// Child sexual exploitation.
    S4,
    /// Defamation.
    S5,
    /// Specialised advice.
    S6,
    /// Privacy.
    S7,
    /// Intellectual property.
    S8,
    /// Indiscriminate weapons.
    S9,
    /// Hate.
    S10,
    /// Suicide and self-harm.
    S11,
    /// Sexual content.
    S12,
    /// Elections.
    S13,
    /// Code interpreter abuse: malware, intrusion, sandbox escape.
    S14,
}

impl Category {
    /// All categories in order.
    pub const ALL: [Category; 14] = [
        Category::S1,
        Category::S2,
        Category::S3,
        Category::S4,
        Category::S5,
        Category::S6,
        Category::S7,
        Category::S8,
        Category::S9,
        Category::S10,
        Category::S11,
        Category::S12,
        Category::S13,
        Category::S14,
    ];

    /// `S1` … `S14`.
    pub fn code(self) -> &'static str {
        ["S1", "S2", "S3", "S4", "S5", "S6", "S7", "S8", "S9", "S10", "S11", "S12", "S13", "S14"]
            [self as usize]
    }

    /// The taxonomy's title.
    pub fn title(self) -> &'static str {
        [
            "Violent Crimes",
            "Non-Violent Crimes",
            "Sex-Related Crimes",
            "Child Sexual Exploitation",
            "Defamation",
            "Specialized Advice",
            "Privacy",
            "Intellectual Property",
            "Indiscriminate Weapons",
            "Hate",
            "Suicide & Self-Harm",
            "Sexual Content",
            "Elections",
            "Code Interpreter Abuse",
        ][self as usize]
    }

    /// The category with this code, in any case.
    pub fn from_code(code: &str) -> Option<Self> {
        Category::ALL.into_iter().find(|category| category.code().eq_ignore_ascii_case(code))
    }
}
