#include "../../../../nn/io/json.h"

#include "../../../../nn/io/json_fields.h"
#include "../../../files.h"

using namespace adora;
using namespace adora::test;

TEST_CASE("json: values keep their kinds from text to text") {
  Json json = Json::parse(R"({"a":[1,-2,3.0,1e2,true,false,null,"x\n\"ä\u00e4\ud83d\ude00"],"b":{},"c":[]})", "t");
  auto& list = *json.get<Json::Object>()->at("a").get<Json::Array>();
  CHECK(*list[0].get<std::int64_t>() == 1);
  CHECK(*list[1].get<std::int64_t>() == -2);
  CHECK(*list[2].get<double>() == 3.0);
  CHECK(*list[3].get<double>() == 100.0);
  CHECK(*list[4].get<bool>());
  CHECK(list[6].is_null());
  CHECK(*list[7].get<std::string>() == "x\n\"ää😀");
  CHECK(Json::parse(json.dump(), "t") == json);
  CHECK(Json::parse(json.dump(-1), "t") == json);
  CHECK(json.dump(-1) == R"({"a": [1, -2, 3.0, 100.0, true, false, null, "x\n\"ää😀"], "b": {}, "c": []})");
}

TEST_CASE("json: an object keeps the order of the file, and is equal to one in another order") {
  const char* text = R"({"z": 1, "a": {"y": [], "b": 2}, "m": null})";
  const Json json = Json::parse(text, "t");
  CHECK(json.dump(-1) == text);
  CHECK(json == Json::parse(R"({"m":null,"a":{"b":2,"y":[]},"z":1})", "t"));
  CHECK_FALSE(json == Json::parse(R"({"m":null,"a":{"b":2,"y":[]},"y":1})", "t"));
  CHECK_FALSE(json == Json::parse(R"({"m":null,"a":{"b":2,"y":[]}})", "t"));
  CHECK_FALSE(json == Json::parse(R"({"m":null,"a":{"b":3,"y":[]},"z":1})", "t"));
}

TEST_CASE("json: fields are added at the end, found, changed and taken out, few or many") {
  for (const std::int64_t count : {5, 200}) {
    Json::Object object{{"first", 1}, {"first", 2}};
    for (std::int64_t i = count; i > 0; --i) object[std::to_string(i)] = i;
    CHECK(object.size() == static_cast<std::size_t>(count) + 1);
    Json& kept = object["1"];
    CHECK(object.erase("3") == 1);
    CHECK(object.erase("3") == 0);
    object["3"] = "again";
    const Json::Object copy = object;
    object["2"] = "changed";
    CHECK(copy.at("2") == Json(2));
    CHECK(&kept == &object.at("1"));
    CHECK(std::prev(copy.end())->first == "3");
    CHECK(copy.begin()->second == Json(1));
    Json::Object moved = std::move(object);
    CHECK(object.empty());
    CHECK_FALSE(object.contains("2"));
    object["new"] = 1;
    CHECK(object.size() == 1);
    CHECK(moved.at("2") == Json("changed"));
    moved = copy;
    CHECK(moved == copy);
    moved.erase("4");
    CHECK_FALSE(moved == copy);
    CHECK_FALSE(moved.contains("4"));
    CHECK_THROWS_WITH(moved.at("4"), ContainsSubstring("\"4\""));
    Json nested = Json::Object{{"inner", copy}};
    Json::Object& fields = std::get<Json::Object>(nested.value);
    nested = Json(fields.at("inner"));
    CHECK(nested == Json(copy));
  }
}

TEST_CASE("json: in an object of very many names each is found at once") {
  std::string text = "{";
  constexpr std::int64_t count = 150'000;
  for (std::int64_t i = 0; i < count; ++i) text += (i ? ",\"t" : "\"t") + std::to_string(i) + "\":" + std::to_string(i);
  const Json json = Json::parse(text + "}", "t");
  const auto& object = *json.get<Json::Object>();
  std::int64_t wrong = 0;
  for (std::int64_t i = 0; i < count; ++i) wrong += object.at("t" + std::to_string(i)) != Json(i);
  CHECK(wrong == 0);
}

TEST_CASE("json: numbers of 64 bits survive, larger ones become real numbers") {
  CHECK(*Json::parse("9223372036854775807", "t").get<std::int64_t>() == INT64_MAX);
  CHECK(*Json::parse("-9223372036854775808", "t").get<std::int64_t>() == INT64_MIN);
  CHECK(*Json::parse("18446744073709551615", "t").get<double>() == 18446744073709551615.0);
  CHECK(Json::parse(Json(0.1).dump(), "t") == Json(0.1));
  CHECK(Json::parse(Json(1e-300).dump(), "t") == Json(1e-300));
  CHECK(Json(5.0).dump() == "5.0");
  CHECK_THROWS_AS(Json(1.0 / 0.0).dump(), Error);
}

TEST_CASE("json: what is no JSON is refused with its place") {
  CHECK_THAT(error_of([] { Json::parse("{\n\"a\": tru}", "config.json"); }),
             ContainsSubstring("config.json: ") && ContainsSubstring("line 2"));
  for (const char* text : {"",           "  ",
                           "{",          "[1,]",
                           "{\"a\":1,}", "01",
                           "+1",         "1.",
                           ".5",         "nul",
                           "NaN",        "Infinity",
                           "'a'",        "\"\t\"",
                           "\"\\x\"",    "\"\\ud800\"",
                           "[1] 2",      "\xEF\xBB\xBF{}",
                           "\"\xff\"",   "\"\xed\xa0\x80\"",
                           "// x\n1"}) {
    INFO(text);
    CHECK_THROWS_AS(Json::parse(text, "t"), Error);
  }
  CHECK_THAT(error_of([] { Json::parse(R"({"a":1,"b":{"c":1,"c":2}})", "t"); }),
             ContainsSubstring("\"c\" stands twice"));
}

TEST_CASE("json: depth and length are limited") {
  CHECK_NOTHROW(Json::parse(std::string(100, '[') + std::string(100, ']'), "t"));
  CHECK_THAT(error_of([] { Json::parse(std::string(5'000'000, '['), "t"); }), ContainsSubstring("deeper"));
  std::string wide = "[0";
  for (int i = 0; i < 5'000'000; ++i) wide += ",0";
  CHECK_THAT(error_of([&] { Json::parse(wide + "]", "t"); }), ContainsSubstring("values"));
}

TEST_CASE("json: a message stays on one short line whatever the file holds") {
  std::string error = error_of([] { Json::parse("{\"a\": \"" + std::string(100'000, 'x') + "\n\"}", "t"); });
  CHECK(error.size() < 400);
  CHECK(error.find('\n') == std::string::npos);
}

TEST_CASE("json: whatever bytes a text has, the message is UTF-8 and on one line") {
  for (const std::string bytes : {"\"\xff\"", "\"a\xe2\x82\"", "\"\xc2\x9b\n\"", "{\"\xf0\x9f\x98\x80\xff", "\xff"}) {
    const std::string error = error_of([&] { Json::parse(bytes, "t"); });
    CHECK(error.starts_with("t: not valid JSON"));
    CHECK(printable(error) == error);
  }
  CHECK_THAT(error_of([] { Json::parse("\"\xff\"", "t"); }), ContainsSubstring("\\xff"));
  CHECK_THAT(error_of([] { JsonFields(Json::parse(R"({"a":"x\u0000\u009by"})", "t"), "t").integer("a", 0, 1); }),
             ContainsSubstring("x\\u0000\\u009by"));
}

TEST_CASE("json: fields are checked by kind and range, with the field's name in the message") {
  Json json = Json::parse(R"({"i":5,"r":2.5,"t":"x","b":true,"n":null,"l":["a","b"],"bad":["a",1]})", "t");
  JsonFields fields(json, "c.json");
  CHECK(fields.integer("i", 1, 9) == 5);
  CHECK(fields.number("i", 0, 10) == 5.0);
  CHECK(fields.number("r", 0, 10) == 2.5);
  CHECK(fields.text("t") == "x");
  CHECK(fields.boolean("b"));
  CHECK(fields.integer("n", 0, 9, 7) == 7);
  CHECK(fields.strings("l") == std::vector<std::string>{"a", "b"});
  CHECK(fields.unread() == std::vector<std::string>{"bad"});
  CHECK_THAT(error_of([&] { fields.integer("i", 6, 9); }),
             ContainsSubstring("c.json: i must be an integer from 6 to 9, not 5"));
  CHECK_THAT(error_of([&] { fields.integer("r", 0, 9); }), ContainsSubstring("r must be an integer"));
  CHECK_THAT(error_of([&] { fields.integer("b", 0, 9); }), ContainsSubstring("b must be"));
  CHECK_THAT(error_of([&] { fields.integer("absent", 0, 9); }), ContainsSubstring("it is missing"));
  CHECK_THAT(error_of([&] { fields.boolean("i", true); }), ContainsSubstring("true or false"));
  CHECK_THAT(error_of([&] { fields.strings("bad"); }), ContainsSubstring("bad must be a list of texts"));
}
