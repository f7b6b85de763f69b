//! The scale of a rubric → its steps, where it has few.

use crate::suite::Scale;

/// The values that a scale of few steps has, with their names.
pub(super) struct Steps {
    pub values: Vec<f64>,
    pub names: Vec<String>,
}

/// A scale with more whole numbers than this is no short one.
const MOST_STEPS: f64 = 11.0;

impl Steps {
    pub fn of(scale: &Scale) -> Option<Self> {
        match scale {
            Scale::YesNo => Some(Self { values: vec![0.0, 1.0], names: vec!["no".to_string(), "yes".to_string()] }),
            Scale::Labels { labels, values } => Some(Self { values: values.clone(), names: labels.clone() }),
            Scale::Numbers { min, max } => {
                if min.fract() != 0.0 || max.fract() != 0.0 || max - min + 1.0 > MOST_STEPS {
                    return None;
                }
                let values: Vec<f64> = (0..=(max - min) as u32).map(|step| min + f64::from(step)).collect();
                Some(Self { names: values.iter().map(ToString::to_string).collect(), values })
            }
        }
    }

    pub fn code(&self, value: f64) -> Option<usize> {
        self.values.iter().position(|step| (step - value).abs() < 1e-9)
    }
}
