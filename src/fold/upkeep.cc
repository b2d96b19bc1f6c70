// What a fold answers where its kind has no upkeep.
#include "base/utf8.h"
#include "fold/fold.h"

namespace slip {
namespace {

Status unsupported(const Fold& fold, const std::string& what) {
  return Status(SLIP_UNSUPPORTED, "cannot " + what + " fold " + quoted(fold.path()) +
                                      ": only a fold of the kind append-log can do that");
}

}  // namespace

Result<Compaction> Fold::compact() { return unsupported(*this, "compact"); }
Status Fold::hide(RevisionRange) { return unsupported(*this, "hide revisions of"); }
Status Fold::unhide(RevisionRange) { return unsupported(*this, "show hidden revisions of"); }
Result<std::vector<RevisionRange>> Fold::hidden() {
  return unsupported(*this, "list hidden revisions of");
}

}  // namespace slip
