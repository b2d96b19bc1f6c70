package slipstream

// #include "glue.h"
import "C"

import (
	"encoding/json"
	"unsafe"
)

type exporter func(unsafe.Pointer, *C.char, *C.slip_options, *C.slip_artifact_summary, **C.slip_error) C.slip_status

// export is that of folds and watches.
func export(h *handle, directory string, options *ExportOptions, run exporter) (ArtifactSummary, error) {
	p, err := h.enter()
	if err != nil {
		return ArtifactSummary{}, err
	}
	defer h.leave()
	return summarised(OptionsExport, options.set, directory, "directory", func(into *C.char, o *C.slip_options, summary *C.slip_artifact_summary, e **C.slip_error) C.slip_status {
		return run(p, into, o, summary, e)
	})
}

// summarised runs a call that takes one name and options, and gives a summary.
func summarised(kind OptionsKind, set func(*settings), name, what string, run func(*C.char, *C.slip_options, *C.slip_artifact_summary, **C.slip_error) C.slip_status) (ArtifactSummary, error) {
	if misfit != nil {
		return ArtifactSummary{}, misfit
	}
	chosen, err := newSettings(kind, set)
	if err != nil {
		return ArtifactSummary{}, err
	}
	defer chosen.free()
	named, err := cName(name, what)
	if err != nil {
		return ArtifactSummary{}, err
	}
	defer freeName(named)
	summary := newArtifactSummary()
	var e *C.slip_error
	if err := check(run(named, chosen.pointer, &summary, &e), e); err != nil {
		return ArtifactSummary{}, err
	}
	return artifactSummaryOf(&summary), nil
}

// VerifyArtifact reads every byte and compares; ErrArtifactInvalid says which file and why.
func VerifyArtifact(directory string) (ArtifactSummary, error) {
	return summarised(OptionsExport, func(*settings) {}, directory, "directory", func(from *C.char, _ *C.slip_options, summary *C.slip_artifact_summary, e **C.slip_error) C.slip_status {
		return C.slip_artifact_verify(from, summary, e)
	})
}

// ArtifactInfo gives the manifest as JSON, checked for form only: no data file is read.
func ArtifactInfo(directory string) (json.RawMessage, error) {
	if misfit != nil {
		return nil, misfit
	}
	from, err := cName(directory, "directory")
	if err != nil {
		return nil, err
	}
	defer freeName(from)
	var text *C.slip_text
	var e *C.slip_error
	if err := check(C.slip_artifact_info(from, &text, &e), e); err != nil {
		return nil, err
	}
	return takeText(text), nil
}

// ImportFold makes a new fold at a URL from an artifact, verified to the last byte before anything is
// visible; open it with OpenFold afterwards.
func ImportFold(directory, url string, options *ImportOptions) (ArtifactSummary, error) {
	to, err := cName(url, "the fold's URL")
	if err != nil {
		return ArtifactSummary{}, err
	}
	defer freeName(to)
	return summarised(OptionsImport, options.set, directory, "directory", func(from *C.char, o *C.slip_options, summary *C.slip_artifact_summary, e **C.slip_error) C.slip_status {
		return C.slip_fold_import(from, to, o, summary, e)
	})
}
