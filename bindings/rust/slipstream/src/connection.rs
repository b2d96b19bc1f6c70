//! Connections.
use crate::error::call;
use crate::handle::Owned;
use crate::options::as_ptr;
use crate::text::c_name;
use crate::{Bucket, BucketOptions, ConnectOptions, ConnectionState, Result};
use slipstream_sys as sys;

/// A connection to a NATS server, or to one that is embedded in the process.
///
/// Buckets and watches keep it alive: dropping it takes away only this reference.
pub struct Connection(Owned<sys::slip_connection>);

impl Connection {
    /// Connect to "nats://host:4222", "tls://...", "mem://" or "mem://NAME".
    pub fn connect(url: &str) -> Result<Self> {
        Self::connect_with(url, &ConnectOptions::new())
    }

    /// The same with options.
    ///
    /// ```
    /// use slipstream::{ConnectOptions, Connection, choice::Connect};
    /// let options = ConnectOptions::new().connect(Connect::Lazy).reconnect_wait_ms(10);
    /// let nobody = Connection::connect_with("nats://127.0.0.1:1", &options)?;
    /// nobody.close()?;
    /// # Ok::<(), slipstream::Error>(())
    /// ```
    pub fn connect_with(url: &str, options: &ConnectOptions) -> Result<Self> {
        let (options, url) = (options.build()?, c_name("URL", url)?);
        let mut out = std::ptr::null_mut();
        // SAFETY: texts, options and outputs live for the call.
        call(|e| unsafe { sys::slip_connect(url.as_ptr(), as_ptr(&options), &mut out, e) })?;
        Ok(Self(Owned::new(out, "connection")?))
    }

    /// What the connection is doing. Never blocks; allowed after close.
    pub fn status(&self) -> Result<ConnectionState> {
        let mut state = sys::slip_connection_state::default();
        // SAFETY: the handle is alive, the output lives for the call.
        call(|e| unsafe { sys::slip_connection_status(self.0.as_ptr(), &mut state, e) })?;
        Ok((&state).into())
    }

    /// Open an existing bucket.
    pub fn bucket(&self, name: &str) -> Result<Bucket> {
        self.bucket_with(name, &BucketOptions::new())
    }

    /// The same with options.
    pub fn bucket_with(&self, name: &str, options: &BucketOptions) -> Result<Bucket> {
        self.open(sys::slip_bucket_open, name, options)
    }

    /// Create a bucket as the options say, and open it; one of that name with the same configuration is
    /// opened.
    pub fn create_bucket(&self, name: &str, options: &BucketOptions) -> Result<Bucket> {
        self.open(sys::slip_bucket_create, name, options)
    }

    fn open(&self, how: OpenBucket, name: &str, options: &BucketOptions) -> Result<Bucket> {
        let (options, c) = (options.build()?, c_name("bucket", name)?);
        let mut out = std::ptr::null_mut();
        // SAFETY: the handle is alive; name, options and outputs live for the call.
        call(|e| unsafe { how(self.0.as_ptr(), c.as_ptr(), as_ptr(&options), &mut out, e) })?;
        Bucket::take(out, name)
    }

    /// Delete a bucket with all it holds, for everybody.
    pub fn delete_bucket(&self, name: &str) -> Result<()> {
        let name = c_name("bucket", name)?;
        // SAFETY: the handle is alive, the name lives for the call.
        call(|e| unsafe { sys::slip_bucket_delete(self.0.as_ptr(), name.as_ptr(), e) })
    }

    /// Close the connection for its buckets and watches too, now, whoever else holds them.
    pub fn close(&self) -> Result<()> {
        // SAFETY: the handle is alive.
        call(|e| unsafe { sys::slip_connection_close(self.0.as_ptr(), e) })
    }
}

type OpenBucket = unsafe extern "C" fn(
    *mut sys::slip_connection,
    *const std::ffi::c_char,
    *const sys::slip_options,
    *mut *mut sys::slip_bucket,
    *mut *mut sys::slip_error,
) -> sys::slip_status;
