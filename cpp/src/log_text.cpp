// Log records as text.
#include <cstdio>

#include "tombolo/log.hpp"

TOMBOLO_NAMESPACE_BEGIN

namespace {

bool is_control(char c) noexcept { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }

void append_escaped(std::string& line, std::string_view text) {
  for (const char c : text) {
    if (c == '\n') {
      line += "\\n";
    } else if (is_control(c)) {
      char code[5];
      std::snprintf(code, sizeof code, "\\x%02x", static_cast<unsigned>(c));
      line += code;
    } else {
      line += c;
    }
  }
}

void append_quoted(std::string& line, std::string_view text) {
  line += '"';
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text[at] == '"' || text[at] == '\\') {
      line += '\\';
    }
    append_escaped(line, text.substr(at, 1));
  }
  line += '"';
}

void append(std::string& line, const LogRecord::Field& field) {
  line += ' ';
  line += field.name;
  line += '=';
  if (field.kind == LogRecord::Field::Kind::text) {
    append_quoted(line, field.value);
  } else {
    line += field.value;
  }
}

void append(std::string& line, const LogRecord::Span& span) {
  line += span.name;
  line += '{';
  const std::size_t before = line.size();
  for (const auto& field : span.fields) {
    append(line, field);
  }
  line.erase(before, span.fields.empty() ? 0 : 1);  // the blank of the first
  line += "} ";
}

}  // namespace

std::string_view to_string(LogLevel level) noexcept {
  switch (level) {
    case LogLevel::off:
      return "off";
    case LogLevel::error:
      return "error";
    case LogLevel::warn:
      return "warn";
    case LogLevel::info:
      return "info";
    case LogLevel::debug:
      return "debug";
    case LogLevel::trace:
      return "trace";
  }
  return "unknown";
}

std::string LogRecord::to_string() const {
  std::string line(tombolo::to_string(level));
  line += ' ';
  for (const auto& span : spans) {
    append(line, span);
  }
  line += target;
  line += ": ";
  append_escaped(line, message);
  for (const auto& field : fields) {
    append(line, field);
  }
  if (cut) {
    line += " (cut)";
  }
  if (lost_before > 0) {
    line += " (" + std::to_string(lost_before) + " lost before)";
  }
  return line;
}

TOMBOLO_NAMESPACE_END
