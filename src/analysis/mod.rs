//! Tables and statistics → findings: what was measured, how sure it is, and on which cases it moved.
//!
//! Everything here is computed from a stored run; no model is called and nothing is printed.

mod against_humans;
mod agreed;
mod alarms;
mod analyse;
mod asides;
mod audit;
mod ballots;
mod beside;
mod between;
mod calibrate;
mod cascade;
mod cases;
mod chambers;
mod compare;
mod confusion;
mod controls;
mod correction;
mod data;
mod differences;
mod distribution;
mod earlier;
mod error;
mod findings;
mod gather;
mod humans;
mod joint;
mod length;
mod lengths;
#[cfg(test)]
pub(crate) mod made;
mod measure;
mod next_label;
mod panel;
mod policy;
mod prompts;
mod ranking;
mod raters;
mod reasons;
mod repeats;
mod scores;
mod sequence;
mod side_by_side;
mod spread;
mod stories;
mod styles;
mod tables;
mod tally;
#[cfg(test)]
mod tests;
mod thinning;
mod tournament;
mod trust;
mod variance;
mod verdicts;

pub use alarms::Alarm;
pub use analyse::{Analysed, Looked, Study, analyse, look};
pub use asides::{Asides, EveryCase, Limited, Tried};
pub use audit::{MetricAudit, ProbeState, Probed, Side, audited, drift, family, self_preference};
pub use beside::Beside;
pub use between::between;
pub use calibrate::{
    Calibration, Disagreement, Enough, MetricCalibration, SliceAgreement, StoppedEarly, Wanted, calibrate,
};
pub use cascade::{CascadeFindings, StageFindings};
pub use cases::{Cases, Key, MOST_VALUES_OF_A_TAG, Rows};
pub use chambers::Heard;
pub use compare::{POWER, Precision};
pub use confusion::ConfusionTable;
pub use controls::{ControlTables, Shift, anchors};
pub use correction::{Corrected, Correction, LabelledCases};
pub use data::{About, Data, MetricScores};
pub use differences::Differences;
pub use earlier::{Earlier, JudgedBy, Overlap};
pub use error::AnalysisError;
pub use findings::{
    Analysis, AnchorFindings, BridgeFindings, CandidateFindings, Cause, Comparison, Cost, Counts, Distribution,
    FailedOutput, JudgeFindings, Level, MetricInfo, MissingBounds, Opinion, PromptChange, Share, SideOfStory, Slice,
    Spending, StatusCounts, Story, StoryMetric,
};
pub use gather::Gathered;
pub use humans::Humans;
pub use length::LengthEffect;
pub use lengths::Lengths;
pub use measure::{Measured, Record};
pub use next_label::NextLabel;
pub use panel::{MemberFindings, PanelFindings};
pub use ranking::{AtEqual, Effect, Freed, Ranked, Ranking, TieShare};
pub use raters::Ceiling;
pub use repeats::Repeats;
pub use scores::Scores;
pub use sequence::Turns;
pub use spread::Spread;
pub use stories::HowMany;
pub use styles::Styles;
pub use tables::Tables;
pub use tally::Tally;
pub use tournament::{Contender, TournamentFindings};
pub use variance::{NextDesign, VarianceSplit};
pub use verdicts::Verdicts;
