import torch
from torch import nn


def gradient_penalty(critic, real, fake, mix):
    x = (mix * real + (1 - mix) * fake).requires_grad_()
    (slope,) = torch.autograd.grad(critic(x).sum(), x, create_graph=True)
    return ((slope.norm(dim=1) - 1) ** 2).mean()


def losses(record):
    def network(width):
        return nn.Sequential(nn.Linear(2, 64), nn.ReLU(), nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, width))

    generator, critic = record.load("generator", network(2)), record.load("critic", network(1))
    generator_optimizer = torch.optim.Adam(generator.parameters(), lr=1e-3, betas=(0.5, 0.9))
    critic_optimizer = torch.optim.Adam(critic.parameters(), lr=1e-3, betas=(0.5, 0.9))
    rounds = zip(record.each("real"), record.each("noise"), record.each("mix"))
    for latent in record.each("latent"):
        for _ in range(5):
            real, noise, mix = next(rounds)
            fake = generator(noise).detach()
            loss = critic(fake).mean() - critic(real).mean() + gradient_penalty(critic, real, fake, mix)
            critic_optimizer.zero_grad()
            loss.backward()
            critic_optimizer.step()
        loss = -critic(generator(latent)).mean()
        generator_optimizer.zero_grad()
        loss.backward()
        generator_optimizer.step()
        yield loss.item()
