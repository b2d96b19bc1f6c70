//! The life of handles.
