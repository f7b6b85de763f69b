//! Published results, reproduced from real judge replies. Read from the folder that REAL_JUDGMENTS names.
