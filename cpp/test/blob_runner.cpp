// Runs a case of the shared blob table; see rust/testkit/src/blob/run for the same in Rust.
#include "blob_runner.hpp"

#include <chrono>
#include <utility>

// Whoever adds a step to the table is told here what is missing.
#pragma GCC diagnostic error "-Wswitch"

namespace tombolo_test {

namespace {

tombolo::CopyOptions copy_options(const Step& step) {
  tombolo::CopyOptions options;
  options.if_absent = step.if_absent;
  return options;
}

}  // namespace

using tombolo::Result;

void run_case(const Case& test, const OpenStore& open, const Way& way) {
  Runner runner(open, way);
  std::size_t number = 0;
  for (const Step& step : test.steps) {
    try {
      runner.run(step);
    } catch (const Failed& failed) {
      throw Failed("step " + std::to_string(number) + " (kind " +
                   std::to_string(static_cast<int>(step.kind)) + ", key " + step.key.str() +
                   "): " + failed.what());
    }
    ++number;
  }
}

Runner::Runner(const OpenStore& open, const Way& way)
    : open_(open), way_(way), store_(open().value()) {}

void Runner::run(const Step& step) {
  const std::string key = step.key.str();
  const std::string to = step.to.str();
  switch (step.kind) {
    case StepKind::put:
      return put(step);
    case StepKind::put_many:
      return put_many(step);
    case StepKind::read:
      return read(step);
    case StepKind::open_reader:
      return open_reader(step);
    case StepKind::read_chunk:
      return read_chunk(step);
    case StepKind::read_rest:
      return read_rest(step);
    case StepKind::drop_reader:
      at(readers_, step.slot);
      readers_.erase(step.slot);
      return;
    case StepKind::open_writer:
      return open_writer(step);
    case StepKind::write:
      expected(result_of(at(writers_, step.slot).write(bytes_of(step.body))), step.expect, "write");
      return;
    case StepKind::finish:
      return expected_etag(result_of(at(writers_, step.slot).finish()), step, "finish");
    case StepKind::drop_writer:
      at(writers_, step.slot);
      writers_.erase(step.slot);
      return;
    case StepKind::remove:
      return remove(key, step);
    case StepKind::remove_many:
      return remove_many(step);
    case StepKind::copy:
      return expected_etag(result_of(store_.copy(key, to, copy_options(step))), step, "copy");
    case StepKind::rename:
      return expected_etag(result_of(store_.rename(key, to, copy_options(step))), step, "rename");
    case StepKind::list:
      return list(step);
    case StepKind::presign:
      return presign(step);
    case StepKind::reopen:
      return reopen();
    case StepKind::tags_differ:
      return tags_differ(step);
  }
  throw Failed("a step of no kind");
}

bool Runner::expected(const Result<void>& result, const Expect& expect,
                      std::string_view operation) {
  if (!result) {
    check_error(result.error(), expect, operation);
    return false;
  }
  check(expect.code == 0, "it succeeded in place of code " + std::to_string(expect.code));
  return true;
}

void Runner::expected_etag(Result<tombolo::PutResult> result, const Step& step,
                           std::string_view operation) {
  const auto put = expected(std::move(result), step.expect, operation);
  if (put) save(step.save, put->etag);
}

std::optional<std::string> Runner::tag(const Tag& tag) const {
  switch (tag.kind) {
    case TagKind::none:
      return std::nullopt;
    case TagKind::literal:
      return tag.text.str();
    case TagKind::saved:
      return saved(tag.saved);
  }
  throw Failed("a tag of no kind");
}

const std::string& Runner::saved(std::uint32_t from) const {
  const auto found = tags_.find(from);
  check(found != tags_.end(), "the register " + std::to_string(from) + " is empty");
  return found->second;
}

void Runner::save(const Save& save, const std::string& etag) {
  check(!etag.empty(), "the etag is empty");
  if (save.saves) tags_[save.to] = etag;
}

void Runner::remove(const std::string& key, const Step& step) {
  tombolo::DeleteOptions options;
  options.if_match = tag(step.if_match);
  expected(result_of(store_.remove(key, options)), step.expect, "delete");
}

tombolo::GetOptions Runner::get_options(const Read& read) const {
  tombolo::GetOptions options;
  options.range = byte_range(read.range);
  options.if_match = tag(read.if_match);
  options.if_none_match = tag(read.if_none_match);
  return options;
}

tombolo::PutOptions Runner::put_options(const WriteOptions& write) const {
  tombolo::PutOptions options;
  switch (write.condition) {
    case ConditionKind::always:
      break;
    case ConditionKind::if_absent:
      options.if_absent = true;
      break;
    case ConditionKind::if_match:
      options.if_match = tag(write.if_match);
      break;
  }
  options.content_type = write.content_type.str();
  options.metadata = entries(write.metadata);
  return options;
}

void Runner::put(const Step& step) {
  auto options = put_options(step.write);
  expected_etag(result_of(store_.put(step.key.str(), bytes_of(step.body), options)), step, "put");
}

void Runner::put_many(const Step& step) {
  for (const Text& key : step.keys) {
    const auto put = result_of(store_.put(key.str(), bytes_of(step.body)));
    check(put.has_value(), "put_many failed at " + key.str());
  }
}

void Runner::open_writer(const Step& step) {
  auto operation = store_.open_writer(step.key.str(), put_options(step.write));
  auto writer = expected(result_of(std::move(operation)), step.expect, "writer");
  if (writer) writers_.insert_or_assign(step.slot, std::move(*writer));
}

void Runner::remove_many(const Step& step) {
  std::vector<std::string> keys;
  for (const Outcome& outcome : step.outcomes) keys.push_back(outcome.key.str());
  const auto found = expected(result_of(store_.remove_many(keys)), step.expect, "delete_many");
  if (!found) return;
  check(found->size() == keys.size(), std::to_string(found->size()) + " outcomes");
  for (std::size_t i = 0; i < keys.size(); ++i) {
    check((*found)[i].key == keys[i], "the key of an outcome is " + (*found)[i].key);
    expected((*found)[i].result, step.outcomes.data[i].expect, "delete_many");
  }
}

void Runner::presign(const Step& step) {
  using Method = tombolo::BlobStore::PresignMethod;
  for (const Method method : {Method::get, Method::put, Method::remove}) {
    auto operation = store_.presign(step.key.str(), method, std::chrono::seconds(step.seconds));
    const auto url = expected(result_of(std::move(operation)), step.expect, "presign");
    check(!url || url->substr(0, 4) == "http", "the URL is " + url.value_or(""));
  }
}

void Runner::reopen() {
  readers_.clear();
  writers_.clear();
  store_ = tombolo::BlobStore();
  store_ = open_().value();
}

void Runner::tags_differ(const Step& step) {
  check(saved(step.save.to) != saved(step.slot), "both etags are " + saved(step.slot));
}

}  // namespace tombolo_test
