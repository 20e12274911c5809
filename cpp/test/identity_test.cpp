// Tokens that come in: what C++ sees of a verifier and of claims. What is refused and why is tested
// in Rust, beside the verifier.
#include "tombolo/identity.hpp"

#include <fstream>
#include <string>
#include <thread>
#include <vector>

#include "coroutine.hpp"
#include "support.hpp"
#include "temporary_folder.hpp"

namespace tombolo_test {
namespace {

using tombolo::Claims;
using tombolo::Verifier;

/// A key whose private half was thrown away, and tokens that it has signed: one that expires in
/// 2100, one that expired in 2023.
constexpr std::string_view kKey =
    R"({"kty":"OKP","crv":"Ed25519","kid":"a","x":"dZ6VLtZe-ezxyTF7Kk_AAoHQ0czgIHUo2H3Uyftdq1I"})";
constexpr std::string_view kGood =
    "eyJhbGciOiJFZERTQSIsImtpZCI6ImEiLCJ0eXAiOiJKV1QifQ."
    "eyJpc3MiOiJodHRwczovL2lzc3VlciIsImF1ZCI6WyJzZXJ2aWNlIiwib3RoZXIiXSwic3ViIjoiYW5uIiwiZXhwIjo0MT"
    "Ay"
    "NDQ0ODAwLCJpYXQiOjE3MDAwMDAwMDAuNSwic2NvcGUiOiJyZWFkIHdyaXRlIiwibGV2ZWwiOi0zLCJyYXRpbyI6MC4yNS"
    "wi"
    "YWRtaW4iOnRydWUsInNheSI6ImEgXCJiXCIiLCJyZWFsbSI6eyJyb2xlcyI6WyJ4IiwieSJdfX0."
    "c1eLf9PfCuDwBpIt8TQQdaBViDt7gZlfKA3jXQTmdovxq_0ZQBkzyI_YL8VCTTJt3CWM8i-xaqfWzOon7TleBw";
constexpr std::string_view kExpired =
    "eyJhbGciOiJFZERTQSIsImtpZCI6ImEiLCJ0eXAiOiJKV1QifQ."
    "eyJpc3MiOiJodHRwczovL2lzc3VlciIsImF1ZCI6InNlcnZpY2UiLCJleHAiOjE3MDAwMDAwMDB9."
    "n_K4BQxZfa5YkRi28F9ZEslof_0JPpBuoYuC6MXnUc-MtYm6X47_tRQkVH5WL-ygOBKFPCdfajnjCT1KxfeWCw";

class Identity : public testing::Test {
 protected:
  Identity() {
    std::ofstream(folder_.path() / "keys.json") << kKey;
    verifier = open("").value();
  }
  tombolo::Result<Verifier> open(const std::string& more) {
    return Verifier::open("jwks:" + (folder_.path() / "keys.json").string() +
                          "?issuer=https://issuer&audience=service" + more);
  }
  Verifier verifier;

 private:
  TemporaryFolder folder_;
};

TEST_F(Identity, GivesTheClaimsOfAGoodToken) {
  const Claims claims = verifier.verify_now(kGood).value();
  EXPECT_EQ(claims.issuer(), "https://issuer");
  EXPECT_EQ(claims.subject(), "ann");
  EXPECT_EQ(claims.audiences(), (std::vector<std::string>{"service", "other"}));
  EXPECT_EQ(claims.expires_at()->time_since_epoch(), 4102444800s);
  EXPECT_EQ(claims.time("iat")->time_since_epoch(), 1700000000500ms);
  EXPECT_TRUE(claims.has_scope("read"));
  EXPECT_FALSE(claims.has_scope("rea"));
  EXPECT_EQ(claims.integer("level"), -3);
  EXPECT_EQ(claims.number("ratio"), 0.25);
  EXPECT_EQ(claims.boolean("admin"), true);
  EXPECT_EQ(claims.text("say"), "a \"b\"");
  EXPECT_EQ(claims.texts("/realm/roles"), (std::vector<std::string>{"x", "y"}));
  EXPECT_EQ(claims.text("/realm/roles/1"), "y");
  EXPECT_EQ(claims.json("realm"), R"({"roles":["x","y"]})");
  EXPECT_EQ(claims.names().size(), 11U);
  EXPECT_EQ(claims.json().front(), '{');
}

TEST_F(Identity, WhatIsNotThereOrOfAnotherTypeIsAbsent) {
  const Claims claims = verifier.verify_now(kGood).value();
  EXPECT_FALSE(claims.has("none"));
  EXPECT_TRUE(claims.has("level"));
  EXPECT_EQ(claims.text("level"), std::nullopt);
  EXPECT_EQ(claims.integer("ratio"), std::nullopt);
  EXPECT_EQ(claims.boolean("sub"), std::nullopt);
  EXPECT_EQ(claims.number("sub"), std::nullopt);
  EXPECT_EQ(claims.time("sub"), std::nullopt);
  EXPECT_TRUE(claims.texts("level").empty());
  EXPECT_EQ(claims.text("\xff"), std::nullopt);
  const Claims none;
  EXPECT_TRUE(none.subject().empty() && none.names().empty() && none.json().empty());
  EXPECT_FALSE(none.has("sub") || none.has_scope("read"));
}

TEST_F(Identity, SaysWhyATokenIsRefused) {
  const auto refused = verifier.verify_now(kExpired);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code(), ErrorCode::unauthenticated);
  EXPECT_EQ(refused.error().message().rfind("the token is refused: it expired ", 0), 0U);
  EXPECT_EQ(refused.error().service(), "identity");
  std::string changed(kGood);
  changed[80] = changed[80] == 'A' ? 'B' : 'A';
  EXPECT_EQ(verifier.verify_now(changed).error().message(),
            "the token is refused: its signature is wrong");
  EXPECT_EQ(verifier.verify_now("\xff").error().kind(), ErrorKind::invalid_text);
  EXPECT_EQ(verifier.verify("\xff").wait().error().kind(), ErrorKind::invalid_text);
}

TEST_F(Identity, VerifiesAsAnOperationThatIsReadyAtOnce) {
  EXPECT_EQ(verifier.verify(kGood).wait()->subject(), "ann");
  EXPECT_EQ(verifier.verify(kExpired).wait().error().code(), ErrorCode::unauthenticated);
  auto queue = CompletionQueue::create().value();
  std::string subject;
  verifier.verify(kGood).then(
      queue, [&](tombolo::Result<Claims> claims) { subject = claims.value().subject(); });
  EXPECT_EQ(drain(queue), 1U);
  EXPECT_EQ(subject, "ann");
}

TEST_F(Identity, OutlivesItsVerifierAndIsSharedByThreads) {
  auto op = verifier.verify(kGood);
  std::vector<std::thread> threads;
  std::vector<Claims> all(4);
  for (Claims& claims : all) {
    threads.emplace_back([this, &claims] { claims = verifier.verify_now(kGood).value(); });
  }
  for (std::thread& thread : threads) {
    thread.join();
  }
  verifier = Verifier();
  EXPECT_EQ(std::move(op).wait()->subject(), "ann");
  for (const Claims& claims : all) {
    EXPECT_EQ(claims.subject(), "ann");
  }
}

TEST_F(Identity, OneThatIsNotOpenFails) {
  const Verifier none;
  EXPECT_EQ(none.verify_now(kGood).error().code(), ErrorCode::failed_precondition);
  EXPECT_EQ(none.verify(kGood).wait().error().code(), ErrorCode::failed_precondition);
}

TEST_F(Identity, AUrlThatIsWrongIsRefused) {
  EXPECT_TRUE(open("&algorithm=EdDSA&clock_skew=5&required_claim=/realm/roles"));
  EXPECT_EQ(open("&algorithm=none").error().code(), ErrorCode::invalid_argument);
  EXPECT_EQ(Verifier::open("jwks:/none?issuer=a&audience=b").error().message(),
            "url: the keys in \"/none\" cannot be read");
  const auto strict = open("&algorithm=ES256").value();
  EXPECT_EQ(strict.verify_now(kGood).error().message(),
            "the token is refused: its algorithm \"EdDSA\" is not one of ES256");
}

}  // namespace
}  // namespace tombolo_test
