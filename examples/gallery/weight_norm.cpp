#include "run.h"

using namespace adora;

// Length and direction of a weight's rows, apart. A net becomes another one, whose rows are turned and stretched, in
// four ways: trained plainly; with weight normalization, w = g v/‖v‖ (Salimans and Kingma 2016, equation 2); frozen,
// with a LoRA, W + BA; and with a DoRA, which is weight normalization with v = W + BA (Liu et al. 2024, equation 5).
constexpr std::int64_t in = 16, hidden = 32, out = 16, turned = 2, rank = 3, batch = 128;

struct WeightNormLinear : Module {
  explicit WeightNormLinear(const Linear& from)
      : g(from.weight.norm({1}, true).detach()), v(from.weight.detach().clone()), b(from.bias.detach().clone()) {
    for (Tensor* x : {&g, &v, &b}) x->requires_grad_();
    parameter("g", g), parameter("v", v), parameter("b", b);
  }
  Tensor weight() const { return g * v / norm(v, {1}, true); }
  Tensor operator()(const Tensor& x) const { return linear(x, weight(), b); }
  Tensor g, v, b;  // [out, 1], [out, in], [out]
};

struct Student {
  std::string name;
  Sequential net;
  std::function<WeightChange(Sequential&)> change;  // how far the first layer's rows have moved
  std::vector<double> losses = {}, lengths = {}, directions = {};
};

Sequential network(Generator& random) {
  return Sequential(Linear(in, hidden, random), Activation("tanh"), Linear(hidden, out, random));
}

void learn(gallery::Run& run) {
  Generator& random = run.generator;
  Sequential base = network(random);
  run.start(base, "base");
  const Linear &first = base.get<Linear>(0), &last = base.get<Linear>(2);
  Tensors wanted = base.parameters();  // weight and bias of each layer
  for (const std::size_t i : {0, 2}) {
    const std::int64_t rows = wanted[i].size(0), columns = wanted[i].size(1);
    const Tensor B = run.given("B", randn({rows, turned}, random));
    const Tensor A = run.given("A", randn({turned, columns}, random));
    const Tensor stretch = exp(0.4 * run.given("stretch", randn({rows, 1}, random)));
    wanted[i] = stretch * (wanted[i].detach() + 0.05 * matmul(B, A));
  }

  std::vector<Student> students;
  const auto add_copy = [&](const std::string& name, const std::function<WeightChange(Sequential&)>& change) {
    students.push_back({name, network(random), change});
    students.back().net.to(run.dtype);
    students.back().net.load_state_dict(base.state_dict());
  };
  add_copy("plain", [&](Sequential& net) { return weight_change(first.weight, net.get<Linear>(0).weight); });
  students.push_back(
      {"weight norm", Sequential(WeightNormLinear(first), Activation("tanh"), WeightNormLinear(last)),
       [&](Sequential& net) { return weight_change(first.weight, net.get<WeightNormLinear>(0).weight()); }});
  for (const std::string kind : {"lora", "dora"}) {
    add_copy(kind, [](Sequential& net) { return adapter_changes(net).at("0"); });
    add_adapter(students.back().net, {.kind = kind, .rank = rank, .alpha = 2 * rank, .target_modules = {"0", "2"}});
    run.start(students.back().net, kind);
  }

  std::vector<Adam> optimizers;
  for (const Student& student : students) optimizers.emplace_back(student.net);
  for (std::int64_t step = 0; step < run.steps; ++step) {
    const Tensor x = run.given("x", randn({batch, in}, random)), y = functional_call(base, wanted, x).detach();
    double sum = 0;
    for (std::size_t i = 0; i < students.size(); ++i) {
      Student& student = students[i];
      const Tensor loss = mse_loss(student.net(x), y);
      optimizers[i].zero_grad();
      backward(loss);
      optimizers[i].set_lr(0.02 * cosine_schedule()(step, run.steps));
      optimizers[i].step();
      student.losses.push_back(item(loss)), sum += item(loss);
      const WeightChange change = student.change(student.net);
      student.lengths.push_back(change.magnitude), student.directions.push_back(change.direction);
    }
    run.loss(sum);
  }

  const WeightChange goal = weight_change(first.weight, wanted[0]);
  Plot moved("How the first layer's rows move", "ΔD, by which they have turned", "ΔM, by which their length differs");
  Plot losses("The loss", "step", "");
  losses.log_y();
  for (const Student& student : students) {
    moved.line(student.name, student.directions, student.lengths), losses.line(student.name, student.losses);
    run.text(fmt::format("{:11}  loss {:.2g}  ΔM {:.3f}  ΔD {:.3f}", student.name, student.losses.back(),
                         student.lengths.back(), student.directions.back()));
  }
  moved.points("wanted", {goal.direction}, {goal.magnitude});
  run.picture("weight_norm", moved), run.picture("weight_norm-loss", losses);
  run.at_most("loss of DoRA over that of LoRA", students[3].losses.back() / students[2].losses.back(), 0.1);
}

int main(int argc, char** argv) {
  return gallery::run(argc, argv, "Length and direction of weights, apart: weight normalization and DoRA", 1500, learn);
}
