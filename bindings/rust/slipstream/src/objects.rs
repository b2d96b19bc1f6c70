//! Object stores, where artifacts are published.
use crate::error::{call, found};
use crate::handle::Owned;
use crate::options::as_ptr;
use crate::text::{Text, c_name, c_path};
use crate::{
    ArtifactSummary, ImportOptions, ObjectStoreOptions, PublishOptions, Published, Result,
};
use slipstream_sys as sys;
use std::path::Path;

/// Where artifacts are published: "local:PATH" or "file:///PATH", a directory.
pub struct ObjectStore(Owned<sys::slip_object_store>);

/// A whole object.
pub struct Object {
    data: Text,
    tag: String,
}

impl Object {
    /// Its bytes.
    pub fn data(&self) -> &[u8] {
        self.data.bytes()
    }

    /// Opaque; changes with every write.
    pub fn tag(&self) -> &str {
        &self.tag
    }
}

impl ObjectStore {
    /// Open a store; its directory is created where it is missing.
    ///
    /// ```
    /// # let folder = std::env::temp_dir().join(format!("slipstream-doc-store-{}", std::process::id()));
    /// use slipstream::{ObjectStore, Status};
    /// let store = ObjectStore::open(&format!("local:{}", folder.display()))?;
    /// let tag = store.put("a/b", b"1")?;
    /// assert_eq!(store.get("a/b")?.unwrap().data(), b"1");
    /// let lost = store.put_if("a/b", b"2", None).unwrap_err();
    /// assert_eq!(lost.status(), Status::Conflict);
    /// store.put_if("a/b", b"2", Some(&tag))?;
    /// # std::fs::remove_dir_all(folder).unwrap();
    /// # Ok::<(), slipstream::Error>(())
    /// ```
    pub fn open(url: &str) -> Result<Self> {
        Self::open_with(url, &ObjectStoreOptions::new())
    }

    /// The same with options.
    pub fn open_with(url: &str, options: &ObjectStoreOptions) -> Result<Self> {
        let (options, url) = (options.build()?, c_name("URL", url)?);
        let mut out = std::ptr::null_mut();
        // SAFETY: texts, options and outputs live for the call.
        call(|e| unsafe {
            sys::slip_object_store_open(url.as_ptr(), as_ptr(&options), &mut out, e)
        })?;
        Ok(Self(Owned::new(out, "object store")?))
    }

    pub(crate) fn as_ptr(&self) -> *mut sys::slip_object_store {
        self.0.as_ptr()
    }

    /// A whole object of at most 64 MiB; `None` where there is none.
    pub fn get(&self, name: &str) -> Result<Option<Object>> {
        let name = c_name("object", name)?;
        let (mut data, mut tag) = (std::ptr::null_mut(), std::ptr::null_mut());
        // SAFETY: the handle is alive; name and outputs live for the call.
        let hit = found(call(|e| unsafe {
            sys::slip_object_store_get(self.as_ptr(), name.as_ptr(), &mut data, &mut tag, e)
        }))?;
        let Some(()) = hit else { return Ok(None) };
        let (data, tag) = (Text::take(data)?, Text::take(tag)?.into_string());
        Ok(Some(Object { data, tag }))
    }

    /// Write an object whatever was there: its new tag.
    pub fn put(&self, name: &str, data: &[u8]) -> Result<String> {
        let (name, mut tag) = (c_name("object", name)?, std::ptr::null_mut());
        let (bytes, size) = (data.as_ptr().cast(), data.len());
        // SAFETY: the handle is alive; name, data and output live for the call.
        call(|e| unsafe {
            sys::slip_object_store_put(self.as_ptr(), name.as_ptr(), bytes, size, &mut tag, e)
        })?;
        Ok(Text::take(tag)?.into_string())
    }

    /// Write an object only while its tag is this one, or, without one, only while there is none:
    /// [`Status::Conflict`](crate::Status::Conflict) otherwise.
    pub fn put_if(&self, name: &str, data: &[u8], expected_tag: Option<&str>) -> Result<String> {
        let (name, mut tag) = (c_name("object", name)?, std::ptr::null_mut());
        let expected = expected_tag.map(|tag| c_name("tag", tag)).transpose()?;
        let expected = expected.as_ref().map_or(std::ptr::null(), |tag| tag.as_ptr());
        let (name, bytes, size) = (name.as_ptr(), data.as_ptr().cast(), data.len());
        // SAFETY: as put.
        call(|e| unsafe {
            sys::slip_object_store_put_if(self.as_ptr(), name, bytes, size, expected, &mut tag, e)
        })?;
        Ok(Text::take(tag)?.into_string())
    }

    /// Names that begin with `prefix` and come after `after`, ascending, at most `limit` (1 to 10,000),
    /// as a JSON array of {"name","size","modified_ns"}.
    pub fn list(&self, prefix: &str, after: Option<&str>, limit: usize) -> Result<String> {
        let (prefix, mut text) = (c_name("prefix", prefix)?, std::ptr::null_mut());
        let after = after.map(|name| c_name("object", name)).transpose()?;
        let after = after.as_ref().map_or(std::ptr::null(), |name| name.as_ptr());
        // SAFETY: the handle is alive; texts and output live for the call.
        call(|e| unsafe {
            let prefix = prefix.as_ptr();
            sys::slip_object_store_list(self.as_ptr(), prefix, after, limit, &mut text, e)
        })?;
        Ok(Text::take(text)?.into_string())
    }

    /// Remove an object; [`Status::NotFound`](crate::Status::NotFound) where there was none.
    pub fn remove(&self, name: &str) -> Result<()> {
        let name = c_name("object", name)?;
        // SAFETY: the handle is alive, the name lives for the call.
        call(|e| unsafe { sys::slip_object_store_remove(self.as_ptr(), name.as_ptr(), e) })
    }

    /// Publish the artifact in `directory` under `key`; the pointer never goes backwards.
    pub fn publish(
        &self,
        key: &str,
        directory: impl AsRef<Path>,
        options: &PublishOptions,
    ) -> Result<Published> {
        let (options, key) = (options.build()?, c_name("key", key)?);
        let from = c_path("directory", directory.as_ref())?;
        let mut out = sys::slip_published::default();
        let (key, from, chosen) = (key.as_ptr(), from.as_ptr(), as_ptr(&options));
        // SAFETY: the handle is alive; texts, options and output live for the call.
        call(|e| unsafe { sys::slip_publish(self.as_ptr(), key, from, chosen, &mut out, e) })?;
        Ok((&out).into())
    }

    /// The pointer with the manifest that it names, as JSON text; `None` where nothing was published.
    pub fn read_pointer(&self, key: &str) -> Result<Option<String>> {
        let (key, mut text) = (c_name("key", key)?, std::ptr::null_mut());
        // SAFETY: the handle is alive; key and output live for the call.
        let hit = found(call(|e| unsafe {
            sys::slip_pointer_read(self.as_ptr(), key.as_ptr(), &mut text, e)
        }))?;
        hit.map(|()| Ok(Text::take(text)?.into_string())).transpose()
    }

    /// Download what is published into `directory`, and verify it to the last byte.
    pub fn download(
        &self,
        key: &str,
        directory: impl AsRef<Path>,
        options: &ImportOptions,
    ) -> Result<ArtifactSummary> {
        let (options, key) = (options.build()?, c_name("key", key)?);
        let to = c_path("directory", directory.as_ref())?;
        let mut summary = sys::slip_artifact_summary::default();
        let (key, to, chosen) = (key.as_ptr(), to.as_ptr(), as_ptr(&options));
        // SAFETY: the handle is alive; texts, options and output live for the call.
        call(|e| unsafe { sys::slip_download(self.as_ptr(), key, to, chosen, &mut summary, e) })?;
        Ok((&summary).into())
    }
}
